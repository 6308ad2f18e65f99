"""gunicorn's configuration for a site whose patience is as short as a fault needs it.

`SOAK_LIMITS` is a JSON object of module, then constant: what takes minutes on a real site
takes a second here.
"""

import json
import os
from importlib import import_module
from typing import Any


def post_worker_init(_worker: Any) -> None:
    """Set the constants in each worker, as the tests of the same faults do in their process."""
    for module, constants in json.loads(os.environ.get("SOAK_LIMITS", "{}")).items():
        for name, value in constants.items():
            setattr(import_module(module), name, value)

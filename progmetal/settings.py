"""Settings of progmetal, read from the environment or from `.env`; they run with neither.

Every setting that a person may change is described in the README's table.
"""

import os
import re
import tomllib
from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

from catalog.vocabulary.addresses import is_web_address, origin
from catalog.vocabulary.links import SERVICES

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]

env = environ.Env(
    ALLOWED_HOSTS=(list, ["localhost", "127.0.0.1", "[::1]"]),
    CSRF_TRUSTED_ORIGINS=(list, []),
)
# Tests start sites of their own and must not inherit a developer's .env.
if not os.environ.get("PROGMETAL_IGNORE_DOTENV"):
    env.read_env(BASE_DIR / ".env")


def positive(name: str, default: int) -> int:
    """Read a whole number that may not be negative, and say so where it is."""
    value: int = env.int(name, default)
    if value < 0:
        raise ImproperlyConfigured(f"{name} must be 0 or more, not {value}.")
    return value


def one_of(name: str, choices: tuple[str, ...]) -> str:
    """Read a word from a closed list; the first is the default."""
    value: str = env.str(name, choices[0])
    if value not in choices:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}, not {value!r}.")
    return value


def interval(name: str) -> timedelta:
    """Read a length of time, such as `30m`, `6h` or `1d`; none where it is empty or `off`."""
    value: str = env.str(name, "").strip().lower()
    if value in ("", "0", "off"):
        return timedelta()
    match = re.fullmatch(r"([1-9][0-9]{0,3})([mhd])", value)
    if not match:
        raise ImproperlyConfigured(f"{name} must be a time such as 30m, 6h or 1d, or off, not {value!r}.")
    return int(match[1]) * {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}[match[2]]


def web_address(name: str) -> str:
    """Read an address that may be left empty."""
    value: str = env.str(name, "")
    if value and not is_web_address(value):
        # The value may be a secret.
        raise ImproperlyConfigured(f"{name} must be a web address that begins with http:// or https://.")
    return value


# What runs ---------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", False)
# Without a key of its own each process would sign cookies with another one, so a
# production site sets SECRET_KEY; `manage.py check --deploy` insists.
SECRET_KEY_IS_SET = bool(env.str("SECRET_KEY", ""))
SECRET_KEY = env.str("SECRET_KEY", "") or get_random_secret_key()
# The last one is the name under which a container asks itself whether it is well.
ALLOWED_HOSTS = [*env.list("ALLOWED_HOSTS"), "127.0.0.1"]
CSRF_TRUSTED_ORIGINS = env("CSRF_TRUSTED_ORIGINS")
# Links of feeds and calendars begin with it. Without it they repeat what a request names as its host.
SITE_URL = env.str("SITE_URL", "").rstrip("/")
if SITE_URL and not (is_web_address(SITE_URL) and origin(SITE_URL) == SITE_URL):
    raise ImproperlyConfigured(f"SITE_URL must be like https://catalog.example.org, without a path, not {SITE_URL!r}.")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "catalog",
    # `manage.py demo` exists where its folder does; the image leaves it out.
    *(["demo"] if (BASE_DIR / "demo").is_dir() else []),
]
# `thread` runs a sync in the process that was asked for it; `tasks` hands it to `manage.py db_worker`.
SYNC_RUNNER = one_of("SYNC_RUNNER", ("thread", "tasks"))
if SYNC_RUNNER == "tasks":
    INSTALLED_APPS += ["django_tasks", "django_tasks_db"]
    TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

MIDDLEWARE = [
    "catalog.middleware.head_without_body",
    "catalog.monitoring.page_metrics",
    "django.middleware.security.SecurityMiddleware",
    "catalog.middleware.permissions_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "progmetal.urls"
WSGI_APPLICATION = "progmetal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "catalog.context_processors.site",
            ],
        },
    },
]

# Data --------------------------------------------------------------------------------------

DATABASES = {"default": environ.Env.db_url_config(env.str("DATABASE_URL", f"sqlite:///{BASE_DIR / 'db.sqlite3'}"))}
DATABASES["default"]["CONN_MAX_AGE"] = 60
# A connection that is kept may have died with a server that was restarted meanwhile.
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE takes the write lock at BEGIN and waits for it: a transaction that
    # reads first and writes later would fail at once instead.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    # A file, because threads of a test share it as threads of the site do.
    DATABASES["default"]["TEST"] = {"NAME": BASE_DIR / "test-results" / "test.sqlite3"}

# In each process: counts and tiles that stay as they are until the catalog changes. A tile has 2 kB.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 5000},
    }
}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Language and time -------------------------------------------------------------------------

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

# Static files ------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# The two services --------------------------------------------------------------------------

GOOGLE_SHEETS_XLSX_URL = env.str(
    "GOOGLE_SHEETS_XLSX_URL",
    "https://docs.google.com/spreadsheets/d/1fQFg52uaojpRCz29EzSHVpsX5SYVJ2VN8IuKs9XA5W8/export?format=xlsx",
)
SPOTIFY_CLIENT_ID = env.str("SPOTIFY_CLIENT_ID", "")
SPOTIFY_CLIENT_SECRET = env.str("SPOTIFY_CLIENT_SECRET", "")
SPOTIFY_API_URL = env.str("SPOTIFY_API_URL", "https://api.spotify.com")
SPOTIFY_TOKEN_URL = env.str("SPOTIFY_TOKEN_URL", "https://accounts.spotify.com/api/token")
SPOTIFY_REQUESTS_PER_SYNC = positive("SPOTIFY_REQUESTS_PER_SYNC", 1000)

SYNC_ACCESS = one_of("SYNC_ACCESS", ("everyone", "staff"))
SYNC_COOLDOWN_SECONDS = positive("SYNC_COOLDOWN_SECONDS", 0)

SYNC_EVERY = interval("SYNC_EVERY")
WORKBOOKS_KEPT = positive("WORKBOOKS_KEPT", 10)

# Who is told how a sync ended.
NOTIFY_URL = web_address("NOTIFY_URL")
NOTIFY_STYLE = one_of("NOTIFY_STYLE", ("json", "healthchecks"))
NOTIFY_PRIVATE = env.bool("NOTIFY_PRIVATE", False)

# `manage.py demo` sets it: the pages then say that they show invented releases.
SAMPLE = env.bool("PROGMETAL_SAMPLE", False)

# Security ----------------------------------------------------------------------------------

COVER_SOURCES = ["https://i.scdn.co", "https://*.spotifycdn.com"]
if SPOTIFY_API_URL != "https://api.spotify.com":
    COVER_SOURCES.append(origin(SPOTIFY_API_URL))

# Their players, which an album's page loads only when a visitor asks.
PLAYER_SOURCES = [origin(service.player) for service in SERVICES.values() if service.player]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, *COVER_SOURCES],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": PLAYER_SOURCES,
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SAMESITE = "Lax"

# The site takes no files, and its largest form is a page of the admin.
DATA_UPLOAD_MAX_NUMBER_FILES = 0
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024

# How many proxies of ours stand before the site: so many entries of X-Forwarded-For are believed.
TRUSTED_PROXIES = positive("TRUSTED_PROXIES", 0)
# Off by default, so that the site runs on a laptop without a certificate.
HTTPS = env.bool("HTTPS", False)
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]  # Asked from inside, without TLS.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LOGIN_REDIRECT_URL = "catalog:album_list"
LOGOUT_REDIRECT_URL = "catalog:album_list"

# Logs --------------------------------------------------------------------------------------

LOG_LEVEL = env.str("LOG_LEVEL", "INFO").upper()
LOG_FORMAT = one_of("LOG_FORMAT", ("line", "keyvalue", "json"))
LOG_FIELDS = {
    "format": "{asctime} {levelname} {name} {message}",
    "style": "{",
    "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
        "keyvalue": {"()": "progmetal.logs.KeyValueFormatter", **LOG_FIELDS},
        "json": {"()": "pythonjsonlogger.json.JsonFormatter", **LOG_FIELDS},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "level": LOG_LEVEL}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        # The page of a run shows these lines also where LOG_LEVEL keeps them out of the log.
        "catalog.services": {"level": "DEBUG" if LOG_LEVEL == "DEBUG" else "INFO"},
        # At DEBUG these two print the client secret and the bearer token.
        "spotipy": {"level": "INFO"},
        "urllib3": {"level": "INFO"},
        # It would warn each time that all threads are busy.
        "waitress.queue": {"level": "ERROR"},
    },
}

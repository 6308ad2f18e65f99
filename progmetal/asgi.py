"""The ASGI entry point, for servers that speak it."""

import os

from django.core.asgi import get_asgi_application

from progmetal.charsets import refuse_other_charsets_asgi

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "progmetal.settings")

application = refuse_other_charsets_asgi(get_asgi_application())

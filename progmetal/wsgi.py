"""The WSGI entry point that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from catalog.services import shutdown

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "progmetal.settings")

application = get_wsgi_application()

shutdown.listen()

"""The WSGI entry point that gunicorn serves."""

import os
import sys

from django.core.wsgi import get_wsgi_application

from catalog.services import background
from progmetal.charsets import refuse_other_charsets

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "progmetal.settings")

# Pages wait for their turns while a sync computes in another thread, and Python's usual turn is 5 ms.
sys.setswitchinterval(0.0005)

application = refuse_other_charsets(get_wsgi_application())

from catalog import scheduler  # noqa: E402  (it needs the models, which are there only now)

scheduler.start()
background.stop_runs_on_sigterm()

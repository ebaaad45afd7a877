"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "animal.settings")

application = get_wsgi_application()

from animal.core.checks import refuse_bad_configuration  # noqa: E402 - settings must be loaded first

refuse_bad_configuration()

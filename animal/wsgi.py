"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "animal.settings")

application = get_wsgi_application()

from django.conf import settings  # noqa: E402 - settings must be loaded first

from animal.core.checks import refuse_bad_configuration  # noqa: E402
from animal.core.metrics.files import share  # noqa: E402

refuse_bad_configuration()
share(settings.METRICS_FOLDER)

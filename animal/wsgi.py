"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "animal.settings")

application = get_wsgi_application()

from django.conf import settings  # noqa: E402 - settings must be loaded first

from animal.core.checks import refuse_bad_configuration  # noqa: E402
from animal.core.connections import connections_limit_waiting  # noqa: E402
from animal.core.database_settings import ALL_ANSWERS_SECONDS  # noqa: E402
from animal.core.metrics.files import share  # noqa: E402

refuse_bad_configuration()
connections_limit_waiting(settings.DATABASE_TIMEOUT_SECONDS, in_all=ALL_ANSWERS_SECONDS)
share(settings.METRICS_FOLDER)

"""The service's settings, and a header that counts statements."""

from animal.settings import *  # noqa: F403
from animal.settings import MIDDLEWARE

MIDDLEWARE = ["animal.bench.counting.CountStatements", *MIDDLEWARE]

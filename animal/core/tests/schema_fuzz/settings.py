"""The service's own settings, but for where Google publishes its keys: on a server of the test's."""

import os

from animal.settings import *  # noqa: F403

GOOGLE_KEYS_URL = os.environ["FUZZ_GOOGLE_KEYS_URL"]

"""Settings of the test suite: the defaults, whatever the developer's own .env says.

The service lane sets DATABASE_URL, REDIS_URL and the like in the real environment, which still counts.
"""

import os
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

os.environ["ENV_FILE"] = ""
os.environ.setdefault("SECRET_KEY", "a key for tests only, long enough for HS256 signatures")
os.environ.setdefault("DEBUG", "true")  # Lets the crash tests name a checkpoint to die at; pytest sets DEBUG off.

from animal.settings import *  # noqa: F403
from animal.settings import CACHES, CLOUDFLARE_S3_API, DATABASES, REDIS_URL, STORAGES, VAR_DIR

MEDIA_ROOT = Path(tempfile.mkdtemp(prefix="pawgle-media-"))
EMAIL_FILE_PATH = Path(tempfile.mkdtemp(prefix="pawgle-mail-"))
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
# Browsers can be added; what is sent to them finds nobody. Tests of the channel run a push service of their own.
VAPID_PRIVATE_KEY = "i0BIPcIlQK15DiyieijAZ9MNtunLIPa7g0EvaO3cMjc"
PUSH_OWN_SERVICES = ["http://127.0.0.1:9"]
VAR_DIR.mkdir(parents=True, exist_ok=True)
# In the service lane several processes share a Redis and a bucket: each gets a part of its own.
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
if REDIS_URL:
    CACHES["default"]["LOCATION"] = urlsplit(REDIS_URL)._replace(path=f"/{_WORKER}").geturl()
if CLOUDFLARE_S3_API:
    _bucket: Any = STORAGES["default"]
    STORAGES["default"] = {**_bucket, "OPTIONS": {**_bucket["OPTIONS"], "location": f"tests-{_WORKER}"}}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Nobody cuts the power of a test: its commits need not wait for the disk.
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"

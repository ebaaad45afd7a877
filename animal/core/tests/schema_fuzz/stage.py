"""The service as it is run in production, with the demo's data and this run's people, and Google's keys beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings

from accounts.tests.test_google import CLIENT_ID, Google
from animal.bench.service import LocalService, local_service
from animal.core.tests.schema_fuzz.inputs import SECRET

# Throttles have tests of their own; here they would answer most requests in the place of what is to be tried.
UNTHROTTLED = {f"THROTTLE_{scope.upper()}_RATE": "1000000/min" for scope in settings.THROTTLE_RATES}
TELL = "from animal.core.tests.schema_fuzz.world import tell; tell()"


@contextmanager
def staged(directory: Path, template: Path) -> Iterator[tuple[LocalService, dict[str, Any]]]:
    """Web and worker on a copy of a seeded service, running, and the world that was made in them: see `world`."""
    environment = {
        **UNTHROTTLED,
        "DJANGO_SETTINGS_MODULE": "animal.core.tests.schema_fuzz.settings",
        "FUZZ_GOOGLE_KEYS_URL": Google().url,
        "GOOGLE_OAUTH_CLIENT_ID": CLIENT_ID,
        "FORWARD_REPLY_SECRET": SECRET,
        "VAPID_PRIVATE_KEY": settings.VAPID_PRIVATE_KEY,
        "PUSH_OWN_SERVICES": ",".join(settings.PUSH_OWN_SERVICES),
    }
    with local_service(directory, template, **environment) as service:
        world = json.loads(service.manage("shell", "-v0", "-c", TELL))
        service.start_web()
        service.start_worker()
        yield service, world

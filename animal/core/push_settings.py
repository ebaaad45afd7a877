"""Whether browsers are told of news by Web Push, read from the environment. Without a key they are not."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from animal.core import env
from animal.core.env import env_list, env_str

KEY_BYTES = 32


@dataclass(frozen=True)
class PushSettings:
    """`private_key` is that of RFC 8292, P-256, its 32 bytes in base64url. `subject` is whom push services may ask.
    `own_services` are origins of push services that the operator runs, which may be at private addresses."""

    private_key: str
    subject: str
    own_services: list[str]


def push_settings() -> PushSettings:
    key = env_str("VAPID_PRIVATE_KEY")
    if key and not _is_key(key):
        env.problems.append("VAPID_PRIVATE_KEY must be what manage.py gen_vapid prints, but it is not.")
        key = ""
    subject = env_str("VAPID_SUBJECT")
    if subject and not subject.startswith(("mailto:", "https://")):
        env.problems.append(f"VAPID_SUBJECT must begin with mailto: or https://, but it is {subject!r}.")
        subject = ""
    return PushSettings(private_key=key, subject=subject, own_services=env_list("PUSH_OWN_SERVICES", []))


def _is_key(text: str) -> bool:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return False
    return len(raw) == KEY_BYTES and any(raw)

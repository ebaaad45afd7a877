"""Errors to Sentry, when SENTRY_DSN names a project there; nothing that locates or contacts a person goes along.

What could hold personal data is not collected in the first place: no bodies, headers, cookies or query strings, no
users, no local variables, no command lines, no calls to other services. What is left (messages of exceptions, log
lines, paths, SQL without its values) passes the scrubber. The id of the request or task goes along as a tag.
https://docs.sentry.io/platforms/python/data-management/sensitive-data/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

from animal.core.privacy import scrubbed
from animal.core.scope import current_request_id

if TYPE_CHECKING:
    from sentry_sdk.transport import Transport

# Sentry's own ids, which look like the digests that the scrubber takes out.
_IDS = frozenset({"event_id", "trace_id", "span_id", "parent_span_id", "profile_id", "release", "request_id"})
_REQUEST_KEPT = ("method", "url")
_CRUMB_DROPPED = ("data",)
_DROPPED = ("user", "extra", "modules", "server_name")


def sentry_start(*, transport: Transport | type[Transport] | None = None) -> bool:
    """Report the errors of this process, and of those it forks, from now on. False when no SENTRY_DSN is set.

    `transport` takes the place of the one over HTTP.
    """
    if not settings.SENTRY_DSN:
        return False
    import sentry_sdk  # 10 MB that a process which reports nothing should not carry.
    from sentry_sdk.integrations.atexit import AtexitIntegration
    from sentry_sdk.integrations.dedupe import DedupeIntegration
    from sentry_sdk.integrations.django import DjangoIntegration
    from sentry_sdk.integrations.excepthook import ExcepthookIntegration
    from sentry_sdk.integrations.logging import LoggingIntegration

    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        environment=settings.SENTRY_ENVIRONMENT,
        release=f"pawgle@{settings.SPECTACULAR_SETTINGS['VERSION']}",
        traces_sample_rate=settings.SENTRY_TRACES_SAMPLE_RATE,
        profiles_sample_rate=settings.SENTRY_PROFILES_SAMPLE_RATE,
        # The others record command lines, calls to other services, and every package that happens to be there.
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            DjangoIntegration(transaction_style="url", signals_spans=False),
            LoggingIntegration(),
            ExcepthookIntegration(),
            DedupeIntegration(),
            AtexitIntegration(callback=lambda pending, timeout: None),
        ],
        send_default_pii=False,
        max_request_body_size="never",
        include_local_variables=False,
        auto_session_tracking=False,
        enable_metrics=False,
        before_send=_clean,  # type: ignore[arg-type] # Its event is a TypedDict with a hundred optional keys.
        before_send_transaction=_clean,  # type: ignore[arg-type]
        transport=transport,
    )
    return True


def _clean(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    """What may leave: see above. Runs last, on every event and every trace."""
    for name in _DROPPED:
        event.pop(name, None)
    request = event.get("request")
    if isinstance(request, dict):
        event["request"] = {name: request[name] for name in _REQUEST_KEPT if name in request}
    crumbs = event.get("breadcrumbs")
    for crumb in crumbs.get("values", []) if isinstance(crumbs, dict) else []:
        for name in _CRUMB_DROPPED:
            crumb.pop(name, None)
    if request_id := current_request_id():
        event["tags"] = {**(event.get("tags") or {}), "request_id": request_id}
    cleaned: dict[str, Any] = _scrubbed_values(event)
    return cleaned


def _scrubbed_values(value: Any) -> Any:
    if isinstance(value, str):
        return scrubbed(value)
    if isinstance(value, dict):
        return {
            _scrubbed_values(name): part if name in _IDS else _scrubbed_values(part) for name, part in value.items()
        }
    if isinstance(value, list | tuple):
        return [_scrubbed_values(part) for part in value]
    return value

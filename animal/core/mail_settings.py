"""Which way mail goes out, read from the environment."""

from __future__ import annotations

from dataclasses import dataclass

from animal.core import env
from animal.core.env import env_bool, env_int, env_origin, env_str

RESEND = "animal.core.mail_resend.EmailBackend"
SMTP = "django.core.mail.backends.smtp.EmailBackend"
FILES = "django.core.mail.backends.filebased.EmailBackend"


@dataclass(frozen=True)
class MailTransport:
    """`backend` is one of RESEND, SMTP and FILES; the rest is for the one that it names. `timeout` in seconds."""

    backend: str
    timeout: int
    resend_api_key: str
    resend_api_url: str
    host: str
    port: int
    user: str
    password: str
    use_tls: bool
    use_ssl: bool


def mail_transport(*, task_timeout: int) -> MailTransport:
    """Resend when RESEND_API_KEY is set, else the mail server EMAIL_HOST, else files.

    Resend wins where both are set: a host's image may name a mail server for everybody, a key is given for this
    service alone. `task_timeout`: seconds after which a worker kills the task that sends; no wait is as long as that.
    """
    key, host = env_str("RESEND_API_KEY"), env_str("EMAIL_HOST")
    use_ssl = env_bool("EMAIL_USE_SSL", False)
    use_tls = env_bool("EMAIL_USE_TLS", not use_ssl)
    if use_ssl and use_tls:
        env.problems.append("EMAIL_USE_TLS and EMAIL_USE_SSL must not both be true. Set the one that the server takes.")
        use_tls = False
    # The ports of RFC 6409 (submission, STARTTLS), RFC 8314 (TLS from the first byte) and RFC 5321 (in the clear).
    usual_port = 465 if use_ssl else 587 if use_tls else 25
    return MailTransport(
        backend=RESEND if key else SMTP if host else FILES,
        timeout=env_int("EMAIL_TIMEOUT", min(10, task_timeout // 2), minimum=1, maximum=task_timeout - 1),
        resend_api_key=key,
        resend_api_url=env_origin("RESEND_API_URL", "https://api.resend.com"),
        host=host,
        port=env_int("EMAIL_PORT", usual_port, minimum=1, maximum=65535),
        user=env_str("EMAIL_HOST_USER"),
        password=env_str("EMAIL_HOST_PASSWORD"),
        use_tls=use_tls,
        use_ssl=use_ssl,
    )

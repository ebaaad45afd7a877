"""Writes about people, by subject: accounts, one-time links, sessions."""

from accounts.services.links import (
    one_time_token_consume,
    one_time_token_create,
    session_start_from_link,
    sign_in_link,
    sign_in_link_mail,
    sign_in_link_send,
)
from accounts.services.sessions import session_end, session_refresh, session_start
from accounts.services.users import user_deactivate, user_sign_in, user_sign_up

__all__ = [
    "one_time_token_consume",
    "one_time_token_create",
    "session_end",
    "session_refresh",
    "session_start",
    "session_start_from_link",
    "sign_in_link",
    "sign_in_link_mail",
    "sign_in_link_send",
    "user_deactivate",
    "user_sign_in",
    "user_sign_up",
]

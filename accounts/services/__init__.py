"""Writes about people, by subject: accounts, one-time links, passwords and addresses, sessions."""

from accounts.services.google import google_sign_in
from accounts.services.links import (
    address_confirm,
    link_mail,
    link_purpose,
    link_request,
    one_time_token_consume,
    one_time_token_create,
    sign_in_link,
    sign_in_link_send,
)
from accounts.services.passwords import (
    email_change_request,
    link_use,
    password_change,
    password_reset,
    presence_prove,
    session_start_from_link,
)
from accounts.services.proof import account_restore, address_prove
from accounts.services.sessions import (
    session_end,
    session_end_by_owner,
    session_refresh,
    session_start,
    sessions_end,
    sign_out_everywhere,
)
from accounts.services.users import (
    language_set,
    user_deactivate,
    user_reactivate,
    user_sign_in,
    user_sign_up,
    username_change,
)

__all__ = [
    "account_restore",
    "address_confirm",
    "address_prove",
    "email_change_request",
    "google_sign_in",
    "language_set",
    "link_mail",
    "link_purpose",
    "link_request",
    "link_use",
    "one_time_token_consume",
    "one_time_token_create",
    "password_change",
    "password_reset",
    "presence_prove",
    "session_end",
    "session_end_by_owner",
    "session_refresh",
    "session_start",
    "session_start_from_link",
    "sessions_end",
    "sign_in_link",
    "sign_in_link_send",
    "sign_out_everywhere",
    "user_deactivate",
    "user_reactivate",
    "user_sign_in",
    "user_sign_up",
    "username_change",
]

"""What we write to people about their accounts: plain text and a link.

Not even the display name is in them: whoever signs up with somebody else's address chooses that text.
"""

from __future__ import annotations


def welcome(*, link: str) -> tuple[str, str]:
    """Subject and text of the mail after a sign-up."""
    return (
        "Welcome to PawGle: please confirm your address",
        f"""Hello,

welcome to PawGle. Please open this link to confirm that this address is yours. It also signs you in:

{link}

It works once, within 24 hours.

If you did not sign up, somebody probably mistyped their address. You need do nothing.

Your PawGle team
""",
    )


def sign_in(*, link: str) -> tuple[str, str]:
    """Subject and text of the mail with a sign-in link."""
    return (
        "Your sign-in link for PawGle",
        f"""Hello,

this link signs you in to PawGle:

{link}

It works once, within 15 minutes. Please do not pass it on: whoever opens it is signed in as you.

If you did not ask for it, you need do nothing. Nobody can sign in without it.

Your PawGle team
""",
    )

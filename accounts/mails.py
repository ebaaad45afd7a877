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

It works once, within 24 hours. Until the address is confirmed, what you report is kept but not shown to anybody.

If you did not sign up, somebody probably mistyped their address. You need do nothing.

Your PawGle team
""",
    )


def signed_up_again(*, sign_in: str, forgotten: str) -> tuple[str, str]:
    """The mail to an address that has an account, when somebody signs up with it."""
    return (
        "You have an account at PawGle already",
        f"""Hello,

somebody, perhaps you, has just tried to sign up at PawGle with this address. It has an account already, so nothing was
changed. If it was you, sign in here by a link that we mail you:

{sign_in}

To choose a new password instead, go here:

{forgotten}

If it was not you, you need do nothing. Whoever tried was not told that you have an account.

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


def reset_password(*, link: str) -> tuple[str, str]:
    """The mail with a link that sets a new password."""
    return (
        "Choose a new password for PawGle",
        f"""Hello,

this link lets you choose a new password for PawGle:

{link}

It works once, within 15 minutes, and signs you out on every other device.

If you did not ask for it, you need do nothing. Your password stays as it is.

Your PawGle team
""",
    )


def change_email(*, link: str) -> tuple[str, str]:
    """The mail to the address that an account is to have from now on."""
    return (
        "Please confirm your new address for PawGle",
        f"""Hello,

somebody with an account at PawGle wants to use this address from now on. If that is you, open this link:

{link}

It works once, within 15 minutes.

If it is not you, you need do nothing.

Your PawGle team
""",
    )


def email_changed() -> tuple[str, str]:
    """The mail to the address that an account had until now."""
    return (
        "Your address at PawGle was changed",
        """Hello,

your account at PawGle has a new e-mail address now. Mails go there, and this address no longer signs in.

If you did not change it, somebody else is using your account: somebody who knew its password, or has a device on which
you were signed in. Please change that password wherever else you use it.

Your PawGle team
""",
    )


def password_changed() -> tuple[str, str]:
    """The mail after a new password."""
    return (
        "Your password for PawGle was changed",
        """Hello,

your account at PawGle has a new password now, and was signed out on every other device.

If you did not change it, ask for a sign-in link on the sign-in page with this address, and choose a new password.

Your PawGle team
""",
    )


def password_dropped() -> tuple[str, str]:
    """The mail after a proof of the address that was not the answer to the sign-up."""
    return (
        "Your password for PawGle was removed",
        """Hello,

you have just proved that this address is yours. The password of the account was set before anybody had proved that,
so it no longer works. You can choose a new one under "forgot password", or go on with sign-in links.

Your PawGle team
""",
    )


def export_ready(*, link: str) -> tuple[str, str]:
    """The mail when everything that we hold of a person is packed. The archive needs a sign-in."""
    return (
        "Your data from PawGle is ready",
        f"""Hello,

everything that PawGle holds of you is packed and waits for you for 7 days. Sign in to fetch it:

{link}

Your PawGle team
""",
    )


def session_replayed() -> tuple[str, str]:
    """The mail when an old refresh token was shown: one of two people has a copy of it."""
    return (
        "We signed you out of PawGle on one device",
        """Hello,

somebody used an old key of one of your sign-ins at PawGle. That can be a browser restored from a backup, or somebody
who copied it. To be safe, we ended that sign-in. Please sign in again.

If this seems strange to you, sign out everywhere and change your password.

Your PawGle team
""",
    )


def deletion_requested(*, due: str, restorable: bool) -> tuple[str, str]:
    """The mail after somebody asked for the deletion of their account, which may be one that staff have disabled."""
    way_back = "If you change your mind until then, simply sign in.\n\n" if restorable else ""
    return (
        "Your account at PawGle will be deleted",
        f"""Hello,

as you asked, your account at PawGle is closed, and what you filed is hidden. It will be deleted for good on {due}.

{way_back}Your PawGle team
""",
    )

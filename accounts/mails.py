"""What we write to people about their accounts: plain words and a link.

Not even the display name is in them: whoever signs up with somebody else's address chooses that text.
"""

from __future__ import annotations

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from animal.core.letters import Letter, letter_kind

_LINK = "https://pawgle.example/auth/magic?token=0hVpOxWq3vJcXmT5yQ1rB8sKdLfGzN2u&next=/user"
_PAGE = "https://pawgle.example/auth/magic"


@letter_kind(sample={"link": _LINK})
def welcome(*, link: str) -> Letter:
    """After a sign-up."""
    return Letter(
        subject=_("Welcome to PawGle: please confirm your address"),
        says=(_("Please confirm that this address is yours. It also signs you in."),),
        button=_("Confirm my address"),
        link=link,
        adds=(
            _(
                "The link works once, within 24 hours. Until the address is confirmed, what you report is kept but not "
                "shown to anybody."
            ),
            _("If you did not sign up, somebody probably mistyped their address. You need do nothing."),
        ),
    )


@letter_kind(sample={"sign_in": _PAGE, "forgotten": "https://pawgle.example/forgot-password"})
def signed_up_again(*, sign_in: str, forgotten: str) -> Letter:
    """To an address that has an account, when somebody signs up with it."""
    return Letter(
        subject=_("You have an account at PawGle already"),
        says=(
            _(
                "Somebody, perhaps you, has just tried to sign up at PawGle with this address. It has an account "
                "already, so nothing was changed. If it was you, sign in by a link that we mail you."
            ),
        ),
        button=_("Sign in"),
        link=sign_in,
        adds=(
            _("To choose a new password instead, go here:") + f"\n{forgotten}",
            _("If it was not you, you need do nothing. Whoever tried was not told that you have an account."),
        ),
    )


@letter_kind(sample={"link": _LINK})
def sign_in(*, link: str) -> Letter:
    return Letter(
        subject=_("Your sign-in link for PawGle"),
        says=(_("This link signs you in to PawGle."),),
        button=_("Sign me in"),
        link=link,
        adds=(
            _(
                "It works once, within 15 minutes. Please do not pass it on: whoever opens it is signed in as you. If "
                "you did not ask for it, you need do nothing. Nobody can sign in without it."
            ),
        ),
    )


@letter_kind(sample={"link": _LINK})
def reset_password(*, link: str) -> Letter:
    return Letter(
        subject=_("Choose a new password for PawGle"),
        says=(_("This link lets you choose a new password for PawGle."),),
        button=_("Choose a new password"),
        link=link,
        adds=(
            _("It works once, within 15 minutes, and signs you out on every other device."),
            _("If you did not ask for it, you need do nothing. Your password stays as it is."),
        ),
    )


@letter_kind(sample={"link": _LINK})
def change_email(*, link: str) -> Letter:
    """To the address that an account is to have from now on."""
    return Letter(
        subject=_("Please confirm your new address for PawGle"),
        says=(
            _("Somebody with an account at PawGle wants to use this address from now on. If that is you, confirm it."),
        ),
        button=_("Confirm my new address"),
        link=link,
        adds=(_("The link works once, within 15 minutes. If it is not you, you need do nothing."),),
    )


@letter_kind(sample={})
def email_changed() -> Letter:
    """To the address that an account had until now."""
    return Letter(
        subject=_("Your address at PawGle was changed"),
        says=(
            _(
                "Your account at PawGle has a new e-mail address now. Mails go there, and this address no longer signs "
                "in."
            ),
            _(
                "If you did not change it, somebody else is using your account: somebody who knew its password, or has "
                "a device on which you were signed in. Please change that password wherever else you use it."
            ),
        ),
    )


@letter_kind(sample={})
def password_changed() -> Letter:
    return Letter(
        subject=_("Your password for PawGle was changed"),
        says=(
            _("Your account at PawGle has a new password now, and was signed out on every other device."),
            _(
                "If you did not change it, ask for a sign-in link on the sign-in page with this address, and choose a "
                "new password."
            ),
        ),
    )


@letter_kind(sample={})
def password_dropped() -> Letter:
    """After a proof of the address that was not the answer to the sign-up."""
    return Letter(
        subject=_("Your password for PawGle was removed"),
        says=(
            _(
                "You have just proved that this address is yours. The password of the account was set before anybody "
                "had proved that, so it no longer works."
            ),
            _("You can choose a new one under “forgot password”, or go on with sign-in links."),
        ),
    )


@letter_kind(sample={"link": "https://pawgle.example/user"})
def export_ready(*, link: str) -> Letter:
    """When everything that we hold of a person is packed. The archive needs a sign-in."""
    return Letter(
        subject=_("Your data from PawGle is ready"),
        says=(_("Everything that PawGle holds of you is packed and waits for you for 7 days. Sign in to fetch it."),),
        button=_("Fetch my data"),
        link=link,
    )


@letter_kind(sample={})
def session_replayed() -> Letter:
    """When an old refresh token was shown: one of two people has a copy of it."""
    return Letter(
        subject=_("We signed you out of PawGle on one device"),
        says=(
            _(
                "Somebody used an old key of one of your sign-ins at PawGle. That can be a browser restored from a "
                "backup, or somebody who copied it. To be safe, we ended that sign-in. Please sign in again."
            ),
            _("If this seems strange to you, sign out everywhere and change your password."),
        ),
    )


@letter_kind(sample={"due": date(2027, 3, 14), "restorable": True})
def deletion_requested(*, due: date, restorable: bool) -> Letter:
    """After somebody asked for the deletion of their account, which may be one that staff have disabled."""
    closed = _(
        "As you asked, your account at PawGle is closed, and what you filed is hidden. It will be deleted for good on "
        "%(date)s."
    ) % {"date": date_format(due, "DATE_FORMAT")}
    way_back = (_("If you change your mind until then, simply sign in."),) if restorable else ()
    return Letter(subject=_("Your account at PawGle will be deleted"), says=(closed, *way_back))

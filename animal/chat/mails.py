"""What mails of conversations say beside those in `animal.alerts.mails`."""

from __future__ import annotations

from django.utils.translation import gettext as _

from animal.alerts.mails import news_kind
from animal.alerts.models import Kind
from animal.core.letters import Letter, letter_kind


@news_kind(
    Kind.MESSAGE, link="https://pawgle.example/auth/magic?token=0hVpOxWq3vJcXmT5yQ1rB8sKdLfGzN2u&next=/chat/7c9e"
)
def guest_answered(*, link: str) -> Letter:
    """To somebody who wrote without an account. It holds nothing that either side typed: anybody can enter anybody's
    address into the contact form."""
    return Letter(
        subject=_("Somebody answered your message on PawGle"),
        says=(
            _(
                "You wrote to somebody about an animal on PawGle, and they answered. Read the answer and reply there; "
                "nobody sees your address."
            ),
        ),
        button=_("Read the answer"),
        link=link,
        adds=(
            _(
                "The link works once, for three days. After that, ask for a new one on the sign-in page with this "
                "address. If you wrote to nobody, please ignore this mail."
            ),
        ),
        why=_("You get this mail because this address was left with a message about an animal on PawGle."),
    )


@letter_kind(
    sample={
        "about": "Milo",
        "address": "anna@pawgle.example",
        "link": "https://pawgle.example/chat/7c9e6679-7425-40de-944b-e07fc1f90ae7",
    }
)
def addresses_shared(*, about: str, address: str, link: str) -> Letter:
    """To each side, once both agreed: no news that one could choose not to get, but what they asked for."""
    return Letter(
        subject=_("You both agreed to share your addresses (%(animal)s)") % {"animal": about},
        heading=_("You both agreed to share your addresses"),
        says=(_("The other side of your conversation on PawGle can be reached at:") + f"\n{address}",),
        button=_("Open the conversation"),
        link=link,
        why=_("You get this mail because you agreed on PawGle to show each other your addresses."),
    )

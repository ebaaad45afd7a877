"""What mails about notifications say: what happened, what to do next, and where. No name, text, place or address."""

from __future__ import annotations

from django.conf import settings

from animal.alerts.models import Notification
from animal.core.urls import site_url

Verb = Notification.Verb

# By what a person is told of. The subject says what happened; this says what it means, and what to do now.
NEXT: dict[str, str] = {
    Verb.MATCH_QUESTION: (
        "Somebody found an animal that looks like yours. Please sign in and compare the two photos. If it is yours, "
        "say so there, and you can talk to the finder at once."
    ),
    Verb.AUTO_MATCH: (
        "The photos look alike, but it may be a mistake. Please compare them, and write to each other about marks "
        "that a photo does not show."
    ),
    Verb.MATCH_CONFIRMED: (
        "Thank you for taking care of it. Please write to the owner and agree on how the animal gets home."
    ),
    Verb.MATCH_CLOSED: "There is nothing that you have to do. You can still read what was written.",
    Verb.NEARBY_ALERT: "Please look at the map. If you have seen the animal, write to the person who reported it.",
    Verb.TAG_SCANNED: "They wrote down where your animal is. Please read it now, and answer them.",
    Verb.MESSAGE: "Somebody wrote to you and waits for your answer. Please read it and write back.",
}
OTHERWISE = "Please open the page to see what happened."
ANSWER = "You can simply answer this mail. Your address stays with us."
WHY = "You receive this mail because you have an account with PawGle."


def notification_text(*, verb: str, subject: str, link: str) -> str:
    """The body. An answer is offered where it finds its way: see `animal.core.mail` for Reply-To."""
    takes_answers = bool(settings.REPLIES_EMAIL) and "[PawGle-" in subject
    said = [NEXT.get(verb, OTHERWISE), f"Open it here:\n{site_url(link or '/')}", ANSWER if takes_answers else "", WHY]
    return "\n\n".join(part for part in said if part) + "\n"

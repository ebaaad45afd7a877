"""What mails say: one value with the words, from which the text and the HTML of a mail are both made.

Every kind of letter is a function with a sample beside it, so that none can be sent that a developer has not seen: a
letter of another origin is refused. Words are translated when a letter is written, so that is done in the reader's
language: see `accounts.services.letters`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial, wraps
from typing import Any, ParamSpec

from django.template.loader import render_to_string
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext as _

from animal.core.mail import mail_queue

P = ParamSpec("P")


@dataclass(frozen=True)
class Letter:
    """The words of one mail. Nothing but the subject may hold what people typed, such as an animal's name."""

    subject: str
    says: tuple[str, ...]
    """Paragraphs before the button."""
    button: str = ""
    """What pressing it does. The link itself stands below, for programs that show no button."""
    link: str = ""
    adds: tuple[str, ...] = ()
    """Paragraphs after the button."""
    heading: str = ""
    """By default the subject."""
    why: str = ""
    """Why its reader gets it, and what they can do about that."""
    topic: str = ""
    """What its reader can choose not to be told of; "" for mails about the account, which are always sent."""
    stop_url: str = ""
    """The page that stops mails of this topic, and takes the request of RFC 8058 that does so at once."""
    settings_url: str = ""
    kind: str = ""
    """Name of the function that wrote it."""


# By the name of its function, what makes a sample of each kind of letter.
LETTERS: dict[str, Callable[[], Letter]] = {}


def letter_kind(
    *, sample: Mapping[str, Any], finish: Callable[[Letter], Letter] = lambda letter: letter
) -> Callable[[Callable[P, Letter]], Callable[P, Letter]]:
    """Register a function that writes a kind of letter. `sample` is what it is called with to be looked at.

    `finish` does to a sample what its sender does to a letter before it is sent.
    """

    def register(write: Callable[P, Letter]) -> Callable[P, Letter]:
        name = f"{write.__module__.removesuffix('.mails').rpartition('.')[2]}.{write.__name__}"

        @wraps(write)
        def named(*args: P.args, **kwargs: P.kwargs) -> Letter:
            return replace(write(*args, **kwargs), kind=name)

        if name in LETTERS:
            raise ValueError(f"There are two kinds of letters called {name}.")
        LETTERS[name] = partial(_sample, named, sample, finish)
        return named

    return register


def all_letters() -> dict[str, Callable[[], Letter]]:
    """Every kind that any app writes, by name, with what makes a sample of it."""
    autodiscover_modules("mails")
    return dict(sorted(LETTERS.items()))


def _sample(write: Callable[..., Letter], sample: Mapping[str, Any], finish: Callable[[Letter], Letter]) -> Letter:
    return finish(write(**sample))


def letter_rendered(letter: Letter) -> tuple[str, str]:
    """Its text and its HTML, in the language that is active."""
    context = {"letter": letter, "heading": letter.heading or letter.subject, "why": letter.why or _account_footer()}
    return render_to_string("mail/letter.txt", context).strip() + "\n", render_to_string("mail/letter.html", context)


def _account_footer() -> str:
    return _(
        "You get this mail because somebody used this address at PawGle. Mails about an account are always sent, and "
        "only when something happens to it."
    )


def letter_queue(*, key: str, to_email: str, letter: Letter, reader_id: int | None = None) -> None:
    """Queue a letter in the caller's transaction. A second one with the same `key` is never sent.

    With its reader's number, a letter on a topic does not go out if they refuse that topic by then.
    """
    if letter.kind not in LETTERS:
        raise ValueError("A letter is written by a function that is registered with letter_kind.")
    text, html = letter_rendered(letter)
    mail_queue(
        key=key,
        to_email=to_email,
        subject=letter.subject,
        text=text,
        html=html,
        unsubscribe_url=letter.stop_url,
        topic=letter.topic,
        reader_id=reader_id,
    )

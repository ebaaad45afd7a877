"""What mails about news say: what happened, what to do next, and where.

A name stands at most in the subject; nobody's text, place or address anywhere. Each can be stopped from the mail,
see `animal.alerts.unsubscribing`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any, ParamSpec

from django.conf import settings
from django.utils.translation import gettext as _

from animal.alerts.models import Kind
from animal.alerts.unsubscribing import unsubscribe_url
from animal.core.letters import Letter, letter_kind
from animal.core.urls import service_url, site_url

P = ParamSpec("P")


def letter_addressed(letter: Letter, *, recipient_id: int, path: str) -> Letter:
    """With where it leads, and how this person stops such mails."""
    topic = Kind(letter.topic)
    return replace(
        letter,
        link=letter.link or site_url(path or "/"),
        why=letter.why or _why(topic),
        stop_url=unsubscribe_url(user_id=recipient_id, kind=topic),
        settings_url=service_url("/settings") or site_url("/user"),
    )


def news_kind(
    topic: Kind, *, path: str = "/chat/7c9e6679-7425-40de-944b-e07fc1f90ae7", **sample: Any
) -> Callable[[Callable[P, Letter]], Callable[P, Letter]]:
    """Register a kind of letter that people can choose not to get. `path` and `sample` are those of a sample of it."""

    def register(write: Callable[P, Letter]) -> Callable[P, Letter]:
        @wraps(write)
        def on_topic(*args: P.args, **kwargs: P.kwargs) -> Letter:
            return replace(write(*args, **kwargs), topic=topic)

        return letter_kind(sample=sample, finish=lambda letter: letter_addressed(letter, recipient_id=0, path=path))(
            on_topic
        )

    return register


def _why(topic: Kind) -> str:
    return {
        Kind.MATCH: _("You get this mail because an animal of yours, or one that you found, is on PawGle."),
        Kind.NEARBY: _("You get this mail because you watch an area on PawGle."),
        Kind.MESSAGE: _("You get this mail because you talk to somebody on PawGle."),
        Kind.TAG: _("You get this mail because a pet of yours has a tag of PawGle."),
        Kind.REPORT: _("You get this mail because of a report or a photo of yours on PawGle."),
    }[topic]


# --- matches ----------------------------------------------------------------------------------------------------------


@news_kind(Kind.MATCH, name="Milo", path="/")
def is_it_yours(*, name: str) -> Letter:
    """To the owner of a pet that nobody reported lost."""
    return Letter(
        subject=_("Is this %(name)s?") % {"name": name} if name else _("Is this your animal?"),
        heading=_("Is this your animal?"),
        says=(
            _(
                "Somebody found an animal that looks like yours. Please sign in and compare the two photos. If it is "
                "yours, say so there, and you can talk to the finder at once."
            ),
        ),
        button=_("Compare the photos"),
    )


@news_kind(Kind.MATCH, name="Milo")
def may_have_been_found(*, name: str) -> Letter:
    """To the owner, of a match by photos."""
    heading = _("Your animal may have been found")
    return Letter(
        subject=_("%(name)s may have been found") % {"name": name} if name else heading,
        heading=heading,
        says=(_photos_alike(),),
        button=_("Compare the photos"),
    )


@news_kind(Kind.MATCH)
def owner_may_be_here() -> Letter:
    """To the finder."""
    return Letter(
        subject=_("The owner of the animal that you found may be here"),
        says=(_photos_alike(),),
        button=_("Compare the photos"),
    )


def _photos_alike() -> str:
    return _(
        "The photos look alike, but it may be a mistake. Please compare them, and write to each other about marks that "
        "a photo does not show."
    )


@news_kind(Kind.MATCH, name="Milo")
def very_likely_found(*, name: str) -> Letter:
    """To the owner, when both sides told the same chip number."""
    heading = _("Your animal has very likely been found")
    return Letter(
        subject=_("%(name)s has very likely been found") % {"name": name} if name else heading,
        heading=heading,
        says=(
            _(
                "The chip numbers are the same. Please compare the photos as well. If it is yours, say so there, and "
                "agree with the finder on how it gets home."
            ),
        ),
        button=_("See the match"),
    )


@news_kind(Kind.MATCH)
def owner_very_likely_here() -> Letter:
    """To the finder, then."""
    return Letter(
        subject=_("The owner of the animal that you found is very likely here"),
        says=(
            _(
                "The chip numbers are the same. Please compare the photos as well, and agree with the owner on how the "
                "animal gets home."
            ),
        ),
        button=_("See the match"),
    )


@news_kind(Kind.MATCH)
def recognised_by_owner() -> Letter:
    return Letter(
        subject=_("The owner recognised the animal that you found"),
        says=(_("Thank you for taking care of it. Please write to the owner and agree on how the animal gets home."),),
        button=_("Write to the owner"),
    )


@news_kind(Kind.MATCH, was_confirmed=True, by_owner=True)
def case_closed(*, was_confirmed: bool, by_owner: bool) -> Letter:
    """To the other side of a match. No name is in it, since it stays when the report, or its reporter, is gone."""
    subject = {
        (True, True): _("The animal that you found is home again"),
        (False, True): _("The animal that you may have found is no longer missing"),
        (True, False): _("The finder of your animal closed the report"),
        (False, False): _("The finder of an animal that may be yours closed the report"),
    }[was_confirmed, by_owner]
    return Letter(
        subject=subject,
        says=(_("There is nothing that you have to do. You can still read what was written."),),
        button=_("Open the page"),
    )


# --- other news -------------------------------------------------------------------------------------------------------


@news_kind(Kind.NEARBY, is_lost=True, path="/lost/482913")
def reported_nearby(*, is_lost: bool) -> Letter:
    return Letter(
        subject=_("An animal was reported lost in an area that you watch")
        if is_lost
        else _("An animal was reported found in an area that you watch"),
        says=(
            _("Please have a look. If you have seen the animal, write to the person who reported it.")
            if is_lost
            else _("Please have a look. If you know the animal, write to the person who reported it."),
        ),
        button=_("Look at it"),
    )


@news_kind(Kind.TAG, name="Milo")
def tag_scanned(*, name: str) -> Letter:
    return Letter(
        subject=_("Somebody says where %(name)s is") % {"name": name},
        heading=_("Somebody says where your pet is"),
        says=(_("They scanned its tag and wrote down where it is. Please read it now, and answer them."),),
        button=_("Read it"),
    )


@news_kind(Kind.MESSAGE, about="Milo", reply_tag=" [PawGle-7c9e6679-7425-40de-944b-e07fc1f90ae7]")
def new_message(*, about: str, reply_tag: str) -> Letter:
    """`reply_tag` is what an answer by mail is recognised by; "" where there is no address for answers."""
    takes_answers = bool(settings.REPLIES_EMAIL and reply_tag)
    return Letter(
        subject=_("New message about %(animal)s") % {"animal": about} + reply_tag,
        heading=_("You have a new message"),
        says=(_("Somebody wrote to you and waits for your answer. Please read it and write back."),),
        button=_("Read the message"),
        adds=(_("You can simply answer this mail. Your address stays with us."),) if takes_answers else (),
    )

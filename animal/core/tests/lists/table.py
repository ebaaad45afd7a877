"""Every list that a person can GET: how a row comes into it, how many it shows, and how many queries it may take.

A new list fails `test_every_list_is_in_the_table` until it stands here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from animal.chat.tag_reports import follow_up_token
from animal.conftest import Actor
from animal.core.tests.lists import rows
from animal.images.hints import MESSAGES as HINTS


@dataclass(frozen=True)
class List:
    """`add(owner, stranger, place)` adds a row for `owner` to see; `place` is what `prepare` made, the path's id.

    `shown(answer)` are the rows of an answer; for a page it is a piece of HTML that every row has once.
    """

    most_queries: int
    add: Callable[[Actor, Actor, Any], object]
    shown: Callable[[Any], Any] | str = lambda answer: answer
    prepare: Callable[[Actor, Actor], Any] = lambda owner, stranger: None
    rows: int = 50
    key: Callable[[Any], object] = lambda place: place.pk


def _results(answer: Any) -> Any:
    return answer["results"]


def _thread(owner: Actor, stranger: Actor) -> Any:
    return rows.conversation(owner.user, stranger.user)


def _talk(owner: Actor, stranger: Actor, place: Any) -> None:
    rows.message(rows.conversation(owner.user, stranger.user), stranger.user, owner.user)


def _write(owner: Actor, stranger: Actor, place: Any) -> None:
    rows.message(place, stranger.user, owner.user)


def _photo(owner: Actor, stranger: Actor, place: Any) -> None:
    place.photos.create(image=rows.image(owner.user), position=place.photos.count())


def _dark_photo(owner: Actor, stranger: Actor, place: Any) -> None:
    place.photos.create(image=rows.image(owner.user, hints=["too_dark"]), position=place.photos.count())


def _image(owner: Actor, stranger: Actor) -> Any:
    return rows.image(owner.user)


def _hint(owner: Actor, stranger: Actor, place: Any) -> None:
    place.hints = [*HINTS][: len(place.hints) + 1]
    place.save()


def _bare_pet(owner: Actor, stranger: Actor) -> Any:
    pet = rows.pet(owner.user)
    pet.photos.all().delete()
    return pet


def _report(owner: Actor, stranger: Actor) -> Any:
    return rows.report(owner.user, of_pet=False, has_photo=False)


def _report_photo(owner: Actor, stranger: Actor, place: Any) -> None:
    place.more_photos.create(image=rows.image(owner.user), position=place.more_photos.count())


def _event(owner: Actor, stranger: Actor, place: Any) -> None:
    place.events.create(what="edited", actor=rows.person())


def _match_of(owner: Actor, stranger: Actor, place: Any) -> None:
    match = rows.match(owner.user, stranger.user)
    match.lost_report = place
    match.save()
    _event(owner, stranger, place)


def _tag_thread(owner: Actor, stranger: Actor) -> Any:
    """What the owner's pet and the stranger without an account have come to, by the pet's tag."""
    thread = rows.conversation(owner.user, stranger.user)
    thread.pair_key = f"tag:{thread.pk}"
    thread.save()
    thread.report.tag_pet = rows.pet(owner.user)
    thread.report.save()
    return thread


def _talk_about_nameless(owner: Actor, stranger: Actor, place: Any) -> None:
    about = rows.report(stranger.user, of_pet=False)
    rows.message(rows.conversation(owner.user, stranger.user, about), stranger.user, owner.user)


# A path, and after a blank what is special about its rows. Each with the one query that asks who is signed in.
API: dict[str, List] = {
    "/api/auth/alerts/": List(2, lambda owner, stranger, place: rows.area(owner.user)),
    "/api/auth/chat/conversations/": List(4, _talk),
    "/api/auth/chat/conversations/ about animals that nobody named": List(4, _talk_about_nameless),
    "/api/auth/chat/conversations/{conversation_id}/messages/": List(
        7, _write, lambda answer: answer["messages"], _thread
    ),
    "/api/auth/dashboard/pets/": List(3, lambda owner, stranger, place: rows.pet(stranger.user, is_public=True)),
    "/api/auth/edited-pet-images/": List(2, lambda owner, stranger, place: rows.edited(owner.user)),
    "/api/auth/notifications/": List(
        3, lambda owner, stranger, place: rows.notification(owner.user), lambda answer: answer["notifications"]
    ),
    # Two more than for one's own reports ask which exact places the viewer may see, on either side of a match.
    "/api/auth/pets/locations/": List(5, lambda owner, stranger, place: rows.report(stranger.user, has_photo=False)),
    "/api/auth/pets/lost/locations/": List(5, lambda owner, stranger, place: rows.report(stranger.user)),
    "/api/auth/pets/found/locations/": List(5, lambda owner, stranger, place: rows.report(stranger.user, "found")),
    "/api/auth/profile/": List(3, lambda owner, stranger, place: rows.pet(owner.user), lambda answer: answer["pets"]),
    "/api/auth/user/pet-locations/": List(
        3, lambda owner, stranger, place: rows.report(owner.user, "found", has_photo=False)
    ),
    "/api/v1/map/": List(
        3, lambda owner, stranger, place: rows.public_report(stranger.user), lambda answer: answer["features"]
    ),
    "/api/lost_pets/": List(2, lambda owner, stranger, place: rows.report(stranger.user)),
    "/api/v1/abuse-reports/": List(2, lambda owner, stranger, place: rows.complaint(owner.user), _results),
    "/api/v1/blocks/": List(2, lambda owner, stranger, place: rows.block(owner.user), _results),
    "/api/v1/matches/": List(4, lambda owner, stranger, place: rows.match(owner.user, stranger.user), _results),
    "/api/v1/push/": List(2, lambda owner, stranger, place: rows.browser(owner.user), lambda answer: answer["devices"]),
    "/api/v1/sessions/": List(2, lambda owner, stranger, place: rows.session(owner.user), _results),
    "/api/v1/reports/": List(5, lambda owner, stranger, place: rows.report(stranger.user), _results),
    "/api/v1/reports/{report_id}/timeline/": List(4, _event, prepare=_report),
    "/api/v1/follow-up/{token}/": List(4, _write, lambda answer: answer["messages"], _tag_thread, key=follow_up_token),
    # A pet and a report have ten photos at most.
    "/api/v1/reports/{report_id}/": List(3, _report_photo, lambda answer: answer["photos"], _report, rows=10),
    "/api/auth/pets/{pet_id}/feature-status/": List(3, _dark_photo, lambda a: a["photo_hints"], _bare_pet, rows=10),
    "/api/v1/images/{image_id}/": List(2, _hint, lambda answer: answer["hints"], _image, rows=len(HINTS)),
    "/api/v1/pets/{pet_id}/": List(3, _photo, lambda answer: answer["photos"], _bare_pet, rows=10),
}

# Each with the one that counts unread messages for the menu.
PAGES: dict[str, List] = {
    # The first page shows ten matches at most.
    "": List(19, lambda owner, stranger, place: rows.match(owner.user, stranger.user), "<article", rows=10),
    "pets": List(7, lambda owner, stranger, place: rows.pet(owner.user), "<article"),
    "pets/<int:pet_id>": List(8, _photo, "<figure>", _bare_pet, rows=10),
    "reports": List(7, lambda owner, stranger, place: rows.match(owner.user, stranger.user), "<article"),
    "reports/<int:report_id>": List(14, _match_of, "<article", _report, rows=20),
    "reports/<int:report_id>/edit": List(12, _report_photo, "<figure>", _report, rows=10),
    "blocks": List(6, lambda owner, stranger, place: rows.block(owner.user), 'class="line"'),
    # One more than the fifty others: this browser.
    "settings": List(8, lambda owner, stranger, place: rows.session(owner.user), 'class="line"', rows=51),
    "alerts": List(5, lambda owner, stranger, place: rows.area(owner.user), "<article"),
    "notifications": List(6, lambda owner, stranger, place: rows.notification(owner.user), "<time"),
    "pet/map": List(8, lambda owner, stranger, place: rows.public_report(stranger.user), "<figcaption", rows=24),
    "chat": List(10, _talk, 'class="line'),
    "chat/<uuid:conversation_id>": List(18, _write, 'class="who"', _thread),
    "follow-up/<str:token>": List(12, _write, 'class="who"', _tag_thread, key=follow_up_token),
}

# Pages of one thing, or of none.
SINGLE_PAGES = {
    *("reports/<int:report_id>/photos", "reports/<int:report_id>/photos/<uuid:image_id>/remove"),
    *("reports/<int:report_id>/delete", "reports/<int:report_id>/complain", "pets/<int:pet_id>/complain"),
    *("messages/<uuid:message_id>/complain", "people/<int:user_id>/complain"),
    *("blocks/<int:user_id>", "blocks/<int:user_id>/remove"),
    *("favicon.ico", "auth/magic", "user", "sign-in", "forgot-password", "sign-out", "report", "privacy", "terms"),
    *("found/<str:tag>", "found/<str:tag>/", "found/<str:tag>/report", "matches/<int:match_id>/<str:answer>"),
    *("pets/new", "pets/<int:pet_id>/photos", "pets/<int:pet_id>/photos/<uuid:image_id>/remove"),
    *("pets/<int:pet_id>/look-again", "pets/<int:pet_id>/new-tag", "pets/<int:pet_id>/delete"),
    *("pets/<int:pet_id>/tag.svg", "pets/<int:pet_id>/tag.png"),
    *("pets/<int:pet_id>/tags.pdf", "pets/<int:pet_id>/poster.pdf"),
    "reports/<int:report_id>/show",
    *("reports/<int:report_id>/status", "reports/<int:report_id>/look-again", "reports/<int:report_id>/poster.pdf"),
    *("language", "settings/language", "settings/name", "settings/password", "search"),
    *("sign-in/link", "sign-in/google", "sign-in/google/back", "sign-up"),
    *("settings/push", "settings/push/<int:device_id>/remove", "sw.js"),
    *("manifest.webmanifest", "offline", "drafts/ticket"),
    *("unsubscribe/<str:stop_token>", "dev/mails/", "dev/mails/<str:kind>"),
    *("settings/notifications", "settings/address", "settings/sessions/<uuid:session_id>/end", "settings/sessions/end"),
    *("settings/export", "settings/export/<uuid:export_id>/<int:part>", "settings/delete"),
    *("alerts/<int:subscription_id>", "alerts/<int:subscription_id>/remove"),
    *("notifications/read", "notifications/<int:notification_id>"),
    *("follow-up/<str:token>/end", "chat/<uuid:conversation_id>/shut-out", "chat/<uuid:conversation_id>/let-in"),
    *("T/<str:tag>", "lost/<int:case_id>", "lost/<int:case_id>/message", "lost/<int:case_id>/share.jpg"),
    *("finds/<int:report_id>", "finds/<int:report_id>/message"),
}

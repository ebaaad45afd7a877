"""Pages for people: whatever is sent to them, they answer with a page."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import MULTIPART_CONTENT, encode_multipart

from animal.conftest import picture_bytes
from animal.core.tests.bad_input.answers import BOUNDARY, FORM_TYPE, each, nothing_written, one_in, percent
from animal.core.tests.bad_input.calls import PAGES
from animal.core.tests.bad_input.scene import Scene
from animal.core.tests.bad_input.test_bodies import NO_FORM, ODD_TYPES, GoneAway
from animal.core.tests.bad_input.test_every_route import NOWHERE
from animal.core.tests.bad_input.test_reading import HEADERS

CALLS = [(verb, route) for route, verbs in PAGES.items() for verb in verbs]
POSTS = [route for route, verbs in PAGES.items() if "POST" in verbs]
VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE")
QUERIES = (
    "status=nonsense",
    "status=%00",
    "status=" + "x" * 10_000,
    "token=%00&next=%00",
    "token=%FF%FE&next=%ED%A0%80",
    "next=//evil.example",
    "next=javascript:1",
    "status=lost&pet_id=%00",
    "a=1&" * 2000,
    "%",
)
TOKENS = {
    "nothing": "",
    "a NUL byte": "\x00",
    "10,000 characters": "x" * 10_000,
    "a cat": "\U0001f408",
    "a path": "../..",
}
MESSAGES = {
    "nothing": "",
    "blanks": "   ",
    "4,001 characters": "x" * 4001,
    "a NUL byte": "a\x00b",
    "an escape": "\x1b[2J",
}

REPORT = {
    "status": "found",
    "animal_name": "",
    "type": "Cats",
    "breed": "",
    "latitude": "48.1",
    "longitude": "11.5",
    "last_seen_date": "2026-01-05",
}
PET = {"name": "Nala", "type": "Cats", "breed": "Tabby", "isPublic": "false", "colours": ["", "grey"]}
BAD_PETS: dict[str, dict[str, Any]] = {
    "no name": {"name": ""},
    "markup in the name": {"name": "<script>alert(1)</script>"},
    "a NUL byte in the breed": {"breed": "a\x00b"},
    "a name of 10,000 characters": {"name": "x" * 10_000},
    "no kind": {"type": ""},
    "a kind of 10,000 characters": {"type": "x" * 10_000},
    "an unknown sex": {"sex": "both"},
    "an unknown size": {"size": "9" * 30},
    "an unknown colour": {"colours": ["", "plaid"]},
    "a chip of 10,000 digits": {"chip_number": "1" * 10_000},
    "a word for the chip": {"chip_number": "chip"},
    "a word for whether others see it": {"isPublic": "maybe"},
    "a note of 10,000 characters": {"medical_note": "x" * 10_000},
    "a NUL byte in a note": {"temperament_note": "a\x00b"},
    "a word for whether to show the notes": {"show_notes": "maybe"},
}
BAD_AREAS: dict[str, dict[str, str]] = {
    "no place": {"latitude": "", "longitude": ""},
    "a latitude of 91": {"latitude": "91"},
    "infinity for the longitude": {"longitude": "inf"},
    "a radius of nothing": {"radius_km": "0"},
    "a radius of 30 digits": {"radius_km": "9" * 30},
    "NaN for the radius": {"radius_km": "nan"},
    "an unknown status": {"status_filter": "eaten"},
    "a name of 10,000 characters": {"label": "x" * 10_000},
    "markup in the name": {"label": "<script>alert(1)</script>"},
    "a NUL byte in the name": {"label": "a\x00b"},
    "a word for whether to tell": {"is_active": "maybe"},
}
BAD_REPORTS: dict[str, dict[str, Any]] = {
    "nothing": dict.fromkeys(REPORT, ""),
    "an unknown status": {"status": "resolved"},
    "NaN for the latitude": {"latitude": "nan"},
    "a latitude of 1e999": {"latitude": "1e999"},
    "a latitude of 2,000 digits": {"latitude": "9" * 2000},
    "a name of 10,000 characters": {"animal_name": "x" * 10_000},
    "markup in the name": {"animal_name": "<script>alert(1)</script>"},
    "a NUL byte in the breed": {"breed": "a\x00b"},
    "a kind of 10,000 characters": {"type": "x" * 10_000},
    "no date": {"last_seen_date": "yesterday"},
    "the year 9999": {"last_seen_date": "9999-12-31"},
    "a description of 10,000 characters": {"description": "x" * 10_000},
    "an unknown pet": {"pet_id": "999999"},
    "a pet id of 30 digits": {"pet_id": "9" * 30},
    "a word for the pet": {"pet_id": "Milo"},
    "a text for the photo": {"image": SimpleUploadedFile("a.jpg", b"this is no photo", content_type="image/jpeg")},
    "an empty photo": {"image": SimpleUploadedFile("a.jpg", b"", content_type="image/jpeg")},
    "a truncated photo": {"image": SimpleUploadedFile("a.jpg", picture_bytes((800, 600))[:-600])},
    "a file for the name": {"latitude": SimpleUploadedFile("a.txt", b"48.1")},
}


def assert_a_page(answer: Any) -> None:
    assert answer.status_code < 500, (answer.status_code, answer.content[:300])


def request(scene: Scene, by: str, verb: str, path: str, content: bytes = b"", label: str = "", **extra: Any) -> Any:
    return scene.page(by).generic(verb, path, content, content_type=label or MULTIPART_CONTENT, **extra)


@pytest.mark.parametrize("by", ["nobody", "owner"])
@pytest.mark.parametrize(("verb", "route"), CALLS, ids=lambda part: f"/{part}")
def test_no_query_and_no_header_breaks_a_page(scene, verb: str, route: str, by: str) -> None:
    path, case = scene.path(route), (verb, route, by)
    addresses = {query[:30]: f"{path}?{query}" for query in QUERIES}
    # Most of them are read by what stands before every page.
    each(one_in(5, addresses, case), lambda address: assert_a_page(request(scene, by, verb, address)))
    each(one_in(7, HEADERS, case), lambda headers: assert_a_page(request(scene, by, verb, path, **headers)))


@pytest.mark.parametrize("route", list(PAGES), ids=lambda route: f"/{route}")
def test_a_verb_that_a_page_does_not_know_is_refused(scene, route: str) -> None:
    for verb in set(VERBS) - set(PAGES[route]):
        with nothing_written():
            assert request(scene, "owner", verb, scene.path(route)).status_code == 405, verb


@pytest.mark.parametrize(
    ("route", "parameter", "converter"),
    [
        ("found/<str:tag>", "tag", "str"),
        ("found/<str:tag>/", "tag", "str"),
        ("matches/<int:match_id>/<str:answer>", "match_id", "int"),
        ("matches/<int:match_id>/<str:answer>", "answer", "str"),
        ("chat/<uuid:conversation_id>", "conversation_id", "uuid"),
        ("media/<path:name>", "name", "str"),
        ("lost/<int:case_id>", "case_id", "int"),
        ("finds/<int:report_id>", "report_id", "int"),
        ("pets/<int:pet_id>", "pet_id", "int"),
        ("reports/<int:report_id>", "report_id", "int"),
        ("alerts/<int:subscription_id>", "subscription_id", "int"),
        ("settings/push/<int:device_id>/remove", "device_id", "int"),
        ("notifications/<int:notification_id>", "notification_id", "int"),
        ("settings/sessions/<uuid:session_id>/end", "session_id", "uuid"),
        ("settings/export/<uuid:export_id>/<int:part>", "export_id", "uuid"),
        ("settings/export/<uuid:export_id>/<int:part>", "part", "int"),
        ("reports/<int:report_id>/status", "report_id", "int"),
        ("reports/<int:report_id>/edit", "report_id", "int"),
        ("people/<int:user_id>/complain", "user_id", "int"),
        ("messages/<uuid:message_id>/complain", "message_id", "uuid"),
        ("blocks/<int:user_id>/remove", "user_id", "int"),
        ("pets/<int:pet_id>/delete", "pet_id", "int"),
        ("pets/<int:pet_id>/poster.pdf", "pet_id", "int"),
    ],
)
def test_an_address_that_leads_nowhere_is_a_404(scene, route: str, parameter: str, converter: str) -> None:
    """Or, to who wants it removed, gone already."""
    removes = route.rpartition("/")[2] in ("remove", "delete", "end")

    def is_missing(value: object) -> None:
        for verb in PAGES[route]:
            with nothing_written():
                answer = request(scene, "owner", verb, scene.path(route, **{parameter: percent(value)}))
            allowed = {404, 302} if removes and verb == "POST" else {404}
            assert answer.status_code in allowed, (verb, answer.status_code)

    each(NOWHERE[converter], is_missing)


@pytest.mark.parametrize("name", ["../settings.py", "..%2f..%2fetc/passwd", "photos", "photos/", "%00", "/etc/passwd"])
def test_no_name_of_a_picture_leads_out_of_the_pictures(scene, name: str) -> None:
    answer = request(scene, "nobody", "GET", f"/media/{name}")
    assert answer.status_code in (301, 404)


@pytest.mark.parametrize("by", ["nobody", "owner"])
@pytest.mark.parametrize("route", POSTS, ids=lambda route: f"/{route}")
def test_no_body_breaks_a_page(scene, route: str, by: str) -> None:
    path = scene.path(route)
    text = encode_multipart(BOUNDARY, dict.fromkeys(("email", "token", "body", "next"), rb"\ud800"))
    odd = one_in(4, {name: name for name in ODD_TYPES}, (route, by))
    broken = one_in(4, NO_FORM, (route, by))
    each(broken, lambda body: assert_a_page(request(scene, by, "POST", path, body, FORM_TYPE)))
    each(odd, lambda label: assert_a_page(request(scene, by, "POST", path, text, label)))
    gone = {"CONTENT_LENGTH": "500", "wsgi.input": GoneAway()}
    assert_a_page(request(scene, by, "POST", path, b"x", FORM_TYPE, **gone))


def test_the_form_that_the_others_are_spoiled_from_files_a_report(scene) -> None:
    assert scene.page("owner").post("/report", REPORT).status_code == 302


def test_a_bad_report_is_shown_again_with_what_was_wrong(scene) -> None:
    def is_refused(change: dict[str, Any]) -> None:
        with nothing_written():
            answer = scene.page("owner").post("/report", {**REPORT, **change})
        assert answer.status_code == 400, answer.status_code
        assert b"<script>alert" not in answer.content

    each(BAD_REPORTS, is_refused)


def test_a_bad_pet_is_shown_again_with_what_was_wrong(scene) -> None:
    def is_refused(change: dict[str, Any]) -> None:
        photo = SimpleUploadedFile("a.jpg", picture_bytes(), content_type="image/jpeg")
        for path in ("/pets/new", scene.path("pets/<int:pet_id>")):
            with nothing_written():
                answer = scene.page("owner").post(path, {**PET, "photos": photo, **change})
            assert answer.status_code == 400, (path, answer.status_code)
            assert b"<script>alert" not in answer.content

    each(BAD_PETS, is_refused)


def test_a_bad_photo_keeps_a_pet_from_being_registered_and_from_changing(scene) -> None:
    def is_refused(content: bytes) -> None:
        for path in ("/pets/new", scene.path("pets/<int:pet_id>/photos")):
            with nothing_written():
                photos = [SimpleUploadedFile("a.jpg", part) for part in (picture_bytes(), content)]
                answer = scene.page("owner").post(path, {**PET, "photos": photos})
            assert answer.status_code == 400, (path, answer.status_code)

    each({"a text": b"this is no photo", "nothing": b"", "half": picture_bytes((800, 600))[:-600]}, is_refused)


def test_a_bad_area_is_shown_again_with_what_was_wrong(scene) -> None:
    def is_refused(change: dict[str, str]) -> None:
        place = {"latitude": "48.1", "longitude": "11.5", "radius_km": "5"}
        for path in ("/alerts", scene.path("alerts/<int:subscription_id>")):
            with nothing_written():
                answer = scene.page("owner").post(path, {**place, **change})
            assert answer.status_code == 400, (path, answer.status_code)
            assert b"<script>alert" not in answer.content

    each(BAD_AREAS, is_refused)


def test_a_bad_change_of_a_report_and_a_bad_complaint_are_shown_again_with_what_was_wrong(scene) -> None:
    """The report is the finder's. What its form leaves out, or does not ask for, stays as it is."""
    asked = {"latitude", "animal_name", "breed", "type", "last_seen_date", "description"}
    bad = {name: change for name, change in BAD_REPORTS.items() if change.keys() <= asked}
    bad.pop("a file for the name")
    words = {"no reason": {"reason": ""}, "an unknown one": {"reason": "envy"}}
    words |= {"a NUL byte": {"text": "a\x00b"}, "2,001 characters": {"text": "x" * 2001}}

    def is_refused(by: str, path: str, sent: dict[str, Any]) -> None:
        with nothing_written():
            answer = scene.page(by).post(path, sent)
        assert answer.status_code == 400, answer.status_code
        assert b"<script>alert" not in answer.content

    edit = scene.path("reports/<int:report_id>/edit")
    each(bad, lambda change: is_refused("finder", edit, {**REPORT, **change}))
    complain = scene.path("reports/<int:report_id>/complain")
    each(words, lambda change: is_refused("owner", complain, {"reason": "spam", "text": "Look", **change}))


def test_a_report_that_breaks_off_is_not_filed(scene) -> None:
    content = encode_multipart(BOUNDARY, REPORT)
    for part in (content[:-20], content[: len(content) // 2]):
        with nothing_written():
            assert request(scene, "owner", "POST", "/report", part, FORM_TYPE).status_code == 400


@pytest.mark.parametrize("what", MESSAGES)
def test_a_bad_message_is_not_sent(scene, what: str) -> None:
    path = scene.path("chat/<uuid:conversation_id>")
    with nothing_written():
        answer = scene.page("owner").post(path, {"body": MESSAGES[what]})
    assert answer.status_code == 400, "the conversation again, which says what was wrong"


def test_a_bad_photo_in_a_message_takes_the_message_with_it(scene) -> None:
    path = scene.path("chat/<uuid:conversation_id>")
    photo = SimpleUploadedFile("a.jpg", b"this is no photo", content_type="image/jpeg")
    with nothing_written():
        assert scene.page("owner").post(path, {"body": "See:", "attachments": photo}).status_code == 400


@pytest.mark.parametrize("what", TOKENS)
def test_a_link_that_is_none_signs_nobody_in(scene, what: str) -> None:
    browser = scene.page("nobody")
    with nothing_written():
        answer = browser.post("/auth/magic", {"token": TOKENS[what], "next": "/"})
    assert answer.status_code == 400
    assert "_auth_user_id" not in browser.session


def test_an_address_that_is_none_gets_no_mail(scene, work_off) -> None:
    wrong = ["", "x", "\x00", "x" * 10_000, "a@b\x00c.org", "owner@example.org\nBcc: b@example.org", "\U0001f408@x.org"]
    work_off()
    sent = len(mail.outbox)
    for email in wrong:
        assert_a_page(scene.page("nobody").post("/sign-in", {"email": email}))
    work_off()
    assert len(mail.outbox) == sent

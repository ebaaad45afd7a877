"""Nobody is shown what locates or contacts somebody else: in no answer, mail, log line, or row at a third party."""

from __future__ import annotations

import itertools
import json
import logging
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib import admin
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import transaction
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from animal.core.geo import haversine_m
from animal.core.models import BackgroundTask
from animal.core.tasks import background_task, task_enqueue
from animal.core.tests.bad_input.calls import CALLS, Call
from animal.core.tests.canaries.conftest import Lines, QdrantRecorder
from animal.core.tests.canaries.crawl import ACTORS, ask, crawl, paths, routes
from animal.core.tests.canaries.fields import EMPTY, classified, our_models
from animal.core.tests.canaries.pictures import photo
from animal.core.tests.canaries.search import EVERYBODY, Finding, forms_in
from animal.core.tests.canaries.story import TOKEN
from animal.core.tests.canaries.world import BLUE, GREEN, PURPLE, RED, World
from animal.core.tests.worker import work_off
from animal.images.models import Image
from animal.matching.models import PetMatch
from animal.matching.tasks import run_auto_match, run_pet_match
from animal.ops.exposition import exposition
from animal.ops.tests.sentry_recorder import sentry_recording
from animal.pets.models import Pet
from animal.recognition.models import PhotoEmbedding
from animal.reports.models import Report

# Seen by no answer at all, for these reasons; everything else is seen by somebody who may.
SEEN_NOWHERE = (
    "first name",  # Django's own; nothing of ours writes or shows it.
    "last name",
    "next e-mail address",  # Until it is proven.
    "the guest's photo",  # Its metadata: who has no account is nobody's uploader.
    "the link to what the guest found",  # In the answer to the guest alone, when the world is made.
    "why a report was hidden",  # For the admin.
    "the address of the browser",  # In the stranger's own export alone, of which none is made here.
    "the token of a link",  # In mails, which are looked at by themselves.
)
PAST = datetime(2018, 1, 1, tzinfo=UTC)
STRANGERS = ("anonymous", "rival", "blocked", "unverified", "guest")
MAPS = (
    "api/auth/pets/locations/",
    "api/auth/pets/lost/locations/",
    "api/auth/pets/found/locations/",
    "api/v1/reports/",
)


def told(findings: list[Finding]) -> str:
    return "\n".join(sorted(map(str, findings)))


# --- the world -------------------------------------------------------------------------------------------------------


def test_every_personal_field_holds_a_canary(world: World) -> None:
    """Otherwise the crawl would look for nothing where there is something."""
    without = []
    for kind in ("person", "secret"):
        for label, name in classified(kind):
            values = our_models()[label]._default_manager.values_list(name, flat=True)
            texts = [str(value) for value in values if value and not isinstance(value, bytes)]
            known = any(form in world.watch.texts for text in texts for form in forms_in(text.lower(), text))
            if not known and not any(isinstance(value, bytes) and value for value in values):
                without.append(f"{label}.{name}")
    assert set(without) == set(EMPTY)


def test_every_true_place_is_a_canary(world: World) -> None:
    places = {(point.latitude, point.longitude) for point in world.watch.points}
    for label, fields in itertools.groupby(classified("point"), key=lambda part: part[0]):
        stored = our_models()[label]._default_manager.values_list(*(name for _, name in fields))
        there = [place for place in stored if None not in place]
        assert there, label
        for place in there:
            assert any(haversine_m(*place, *known) < 1 for known in places), (label, place)


# --- answers ---------------------------------------------------------------------------------------------------------


def test_no_answer_shows_a_passer_by_or_a_stranger_what_is_somebody_elses(world: World) -> None:
    assert told(crawl(world, actors=("anonymous", "stranger", "rival"))) == ""
    _each_place_is_displaced_once(world)


def test_whoever_took_a_guests_address_is_shown_nothing_that_the_guest_wrote_or_was_told(world: World) -> None:
    assert told(crawl(world, actors=["unverified"])) == ""


@pytest.mark.stack
def test_no_answer_shows_anybody_what_is_somebody_elses(world: World) -> None:
    """Everybody, everywhere. The short form of it is above."""
    assert told(crawl(world, description=True)) == ""
    _everything_is_seen_by_somebody_who_may(world)
    _each_place_is_displaced_once(world)


def _everything_is_seen_by_somebody_who_may(world: World) -> None:
    """Proof that the crawl looks where such things stand."""
    canaries = {canary.what: canary for canary in world.watch.texts.values()}
    canaries |= {point.canary.what: point.canary for point in world.watch.points}
    unseen = []
    for what, canary in canaries.items():
        readers = set(ACTORS) if EVERYBODY in canary.may_see else canary.may_see & set(ACTORS)
        if readers and not any((what, reader) in world.watch.seen for reader in readers):
            unseen.append(what)
    assert [what for what in unseen if not any(part in what for part in SEEN_NOWHERE)] == []
    # Those of a confirmed match see each other's exact place, and the holder of a tag sees its pet.
    for what, actor in (
        ("the place of Milo's report", "finder"),
        ("the place of the finder's report", "owner"),
        ("the name of Tessa", "guest"),
        ("the name of Milo", "anonymous"),
        ("where the guest found Tessa", "owner"),
    ):
        assert (what, actor) in world.watch.seen


def _each_place_is_displaced_once(world: World) -> None:
    """Several points instead of one true one would average to it."""
    shown = {what: points for what, points in world.watch.displaced.items() if points}
    assert {"the place of Milo's report", "the place of the rival's report"} <= set(shown)
    for what, points in shown.items():
        for one, other in itertools.combinations(points, 2):
            assert haversine_m(*one, *other) < 2, (what, points)


def test_a_box_on_the_map_does_not_find_out_a_true_place(world: World) -> None:
    report = Report.objects.get(pk=world.ids["the rival's report"])
    north, east = 150 / 111_195, 150 / 74_300

    def box_around(latitude: float, longitude: float) -> str:
        return f"{longitude - east},{latitude - north},{longitude + east},{latitude + north}"

    true, public = (report.latitude, report.longitude), (report.public_latitude, report.public_longitude)
    for path in MAPS:
        assert (report.pk in _ids_in_box(world, path, box_around(*public))) is ("lost" not in path)
        assert report.pk not in _ids_in_box(world, path, box_around(*true)), "a box of 300 m around the true place"


def _ids_in_box(world: World, path: str, box: str) -> list[int]:
    answer = ask(world, "stranger", "GET", f"/{path}?bbox={box}")
    assert answer.status_code == 200
    body = json.loads(answer.body)
    return [row["id"] for row in (body["results"] if isinstance(body, dict) else body)]


@pytest.mark.parametrize("actor", ["stranger", *(pytest.param(name, marks=pytest.mark.stack) for name in STRANGERS)])
def test_a_wrong_request_is_answered_without_anything_of_others(world: World, actor: str) -> None:
    writes = [call for call in CALLS if call.verb != "GET" and call.route in routes()]
    assert len(writes) > 40
    for call in writes:
        _spoiled(world, actor, call)
    assert told(world.watch.findings) == ""


def _spoiled(world: World, actor: str, call: Call) -> None:
    """Nothing, and nonsense, about the first two of every id; undone afterwards."""
    for path in itertools.islice(paths(world, call.route, actor), 2):
        for content in (b"{}", b'{"id": -1, "kind": "x", "token": "zq", "email": "zq", "pet_location_id": 0}'):
            with transaction.atomic():
                ask(world, actor, call.verb, path, content)
                transaction.set_rollback(True)


@pytest.mark.parametrize("actor", ["finder", "rival", "stranger", "blocked"])
def test_a_search_by_photo_shows_neither_private_pets_nor_true_places(world: World, actor: str) -> None:
    found = set()
    for colour in (RED, BLUE, GREEN, PURPLE):
        upload = photo(colour, words="x", at=(1, 1), taken=Report.objects.earliest("pk").reported_at, name="x.jpg")
        answer = world.form(actor, "/api/auth/pets/search/", code=200, image=upload)
        found |= {result["pet"]["name"] for result in answer["results"]}
    assert told(world.watch.findings) == ""
    assert any(name.startswith("Milo") for name in found)
    assert not any(name.startswith(("Nala", "Tessa", "Gina")) for name in found)


def test_the_key_of_somebody_elses_request_gets_nobody_elses_answer(world: World) -> None:
    key = next(form for form, canary in world.watch.texts.items() if canary.what == "the key of Nala's registration")
    upload = photo(RED, words="x", at=(1, 1), taken=Report.objects.earliest("pk").reported_at, name="x.jpg")
    form = {"name": "Other", "category": "Domestic", "type": "Cats", "breed": "Tabby", "images": upload}
    answer = world.form("stranger", "/api/auth/pets/add/", headers={"Idempotency-Key": key}, **form)
    assert answer["pet"]["name"] == "Other"
    assert told(world.watch.findings) == ""


@pytest.mark.stack
def test_the_admin_shows_a_secret_to_nobody_and_anything_to_staff_only(world: World) -> None:
    """Staff see accounts, texts and the audit trail there, which is what it is for: only secrets are looked for."""
    lists = [route for route in routes() if route.startswith("admin/") and route.endswith("/") and "<" not in route]
    for page in lists:
        ask(world, "stranger", "GET", f"/{page}")
    assert told(world.watch.findings) == ""
    for actor, fewest in (("admin", 10), ("moderator", 3)):
        opened = sum(_open_in_admin(world, actor, model) for model in admin.site._registry)
        assert opened >= fewest
    assert told([finding for finding in world.watch.findings if _is_secret(world, finding)]) == ""


def _open_in_admin(world: World, actor: str, model: Any) -> bool:
    """The list of a model, and its first row. True when there is one that this actor may open."""
    page = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    ask(world, actor, "GET", page)
    first = model._default_manager.first()
    return first is not None and ask(world, actor, "GET", f"{page}{first.pk}/change/").status_code == 200


def _is_secret(world: World, finding: Finding) -> bool:
    known = [*world.watch.texts.values(), *world.watch.vectors.values()]
    return any(canary.what == finding.what and not canary.may_see for canary in known) or "list" in finding.what


# --- third parties ---------------------------------------------------------------------------------------------------


def test_a_mail_holds_nothing_of_anybody_but_its_reader(world: World) -> None:
    assert len(world.mails) > 10
    for letter in world.mails:
        reader = next(person.name for person in world.people.values() if letter.to == [person.email])
        assert letter.cc == letter.bcc == []
        parts = [
            letter.message().as_string(),
            letter.subject,
            str(letter.body),
            *map(str, letter.extra_headers.values()),
        ]
        world.watch.look(reader, f"mail {letter.subject!r}", "\n".join(parts))
    assert told(world.watch.findings) == ""
    assert any(TOKEN.search(str(letter.body)) for letter in world.mails), "links are mailed"


def test_the_log_holds_nothing_of_anybody_at_any_level(world: World, standing_log: Lines) -> None:
    """Of the building of the world, and of all that was asked of it so far."""
    assert any("is resolved, by user" in line for line in standing_log.lines)
    world.watch.look("the log", "log", "\n".join(standing_log.lines))
    assert told(world.watch.findings) == ""


def test_weakness_15_requests_are_logged_and_counted_by_their_pattern_alone(
    world: World, standing_log: Lines, settings: Any
) -> None:
    """With every request and every statement called slow, so that each is marked. Bodies are no part of it."""
    before = len(standing_log.lines)
    settings.SLOW_REQUEST_SECONDS = settings.SLOW_QUERY_SECONDS = -1
    crawl(world, actors=("owner",), only="api/auth/pets/")
    world.form(
        "finder", "/api/auth/pets/search/", code=200, image=photo(RED, words="x", at=(1, 1), taken=PAST, name="x")
    )
    written = standing_log.lines[before:]
    assert any('"route": "/api/auth/pets/<int:pet_id>/qr/"' in line for line in written if "slow request" in line)
    assert any("SELECT" in line for line in written if "slow query" in line)
    world.watch.findings.clear()
    world.watch.look("the log", "log", "\n".join(written))
    world.watch.look("the metrics", "metrics", exposition())
    assert told(world.watch.findings) == ""


@background_task()
def break_down(target: object) -> None:
    """As exceptions do, this one quotes what it choked on."""
    report = Report.objects.get(pk=target)
    pet = Pet.objects.filter(reports=report).get()
    raise RuntimeError(
        f"cannot write to {report.contact_email} or call {report.contact_phone} at {report.latitude}, "
        f"{report.longitude} about {pet.animal_id}"
    )


def test_a_task_that_breaks_down_names_nobody_in_the_log(world: World, standing_log: Lines) -> None:
    before = len(standing_log.lines)
    task_enqueue(break_down, world.ids["Milo's report"])
    work_off()
    written = "\n".join(standing_log.lines[before:])
    assert "cannot write to [e-mail] or call [phone] at [place], [place] about [tag]" in written
    world.watch.look("the log", "log", written)
    world.watch.look("the queue", "queue", BackgroundTask.objects.get(name__endswith="break_down").error)
    assert told(world.watch.findings) == ""


def reported_to_sentry(world: World, settings: Any, monkeypatch: Any) -> list[Finding]:
    """What Sentry learns of a task and of a page that break down over somebody's report."""

    def broken(*args: Any, **kwargs: Any) -> None:
        break_down(world.ids["Milo's report"])

    monkeypatch.setattr("animal.reports.api.report_cards", broken)
    with sentry_recording(settings) as sent:
        task_enqueue(break_down, world.ids["Milo's report"])
        work_off()
        page = f"/{MAPS[0]}?near={world.watch.points[0].latitude}&email={world.people['owner'].email}"
        assert world.people["owner"].client.get(page).status_code == 500
    assert sum(b"RuntimeError" in envelope for envelope in sent) == 2
    return [finding for envelope in sent for finding in world.watch.look("Sentry", "event", envelope)]


def test_sentry_learns_nothing_of_anybody(world: World, settings: Any, monkeypatch: Any) -> None:
    assert told(reported_to_sentry(world, settings, monkeypatch)) == ""


def test_what_waits_in_the_queue_and_what_failed_names_nobody(world: World) -> None:
    task_enqueue(break_down, world.ids["Milo's report"])
    rows = [str(row) for row in BackgroundTask.objects.values_list("key", "target", "error")]
    packed = [str(SignedPackage.loads(payload)) for payload in OrmQ.objects.values_list("payload", flat=True)]
    assert rows
    assert packed
    world.watch.look("the queue", "queue", "\n".join([*rows, *packed]))
    assert told(world.watch.findings) == ""


def test_qdrant_is_neither_given_nor_asked_with_anything_personal(world: World, qdrant: QdrantRecorder) -> None:
    """Vectors of photos are what it is for; of everything else it gets nothing that locates or contacts a person."""
    call_command("sync_qdrant", verbosity=0)
    stored = [point.payload for point in qdrant.points()]
    assert {payload["kind"] for payload in stored} == {"pet", "report"}
    assert any("location" in payload for payload in stored)
    world.watch.look("Qdrant", "payload", json.dumps(stored))
    for report in Report.objects.all():
        run_auto_match(report.pk)
    for pet in Pet.objects.all():
        run_pet_match(pet.pk)
    assert any("geo_radius" in question for question in qdrant.questions)
    for question in qdrant.questions:
        world.watch.look("Qdrant", "question", question)
    assert told(world.watch.findings) == ""


# --- planted leaks ---------------------------------------------------------------------------------------------------
# Each is found, and named with where it is and who sees it.


def found_by(world: World, route: str, actor: str) -> set[str]:
    return {f"{finding.what} at {finding.where}" for finding in crawl(world, actors=[actor], only=route)}


def test_an_address_in_a_list_is_found(world: World, monkeypatch: Any) -> None:
    monkeypatch.setattr("animal.pets.serializers.PublicPetSerializer.get_owner", lambda self, pet: pet.owner.email)
    leaks = found_by(world, "dashboard/pets", "anonymous")
    assert "owner's e-mail address at GET /api/auth/dashboard/pets/" in leaks


def test_a_tag_in_a_public_report_is_found(world: World, monkeypatch: Any) -> None:
    def with_tag(reports: Any, **kwargs: Any) -> list[dict[str, Any]]:
        return [{"id": report.pk, "tag": report.pet.animal_id if report.pet else ""} for report in reports]

    monkeypatch.setattr("animal.reports.api.report_cards", with_tag)
    assert "the tag of Milo at GET /api/auth/pets/locations/" in found_by(world, "auth/pets/locations", "stranger")


def test_an_exact_place_in_a_public_report_is_found(world: World) -> None:
    report = Report.objects.get(pk=world.ids["the rival's report"])
    Report.objects.filter(pk=report.pk).update(public_latitude=report.latitude + 0.001)
    Report.objects.filter(pk=report.pk).update(public_longitude=report.longitude)
    for route, actor in (("v1/map/", "anonymous"), ("found/locations", "stranger"), ("v1/matches/", "owner")):
        assert any(
            leak.startswith("the place of the rival's report at GET /") for leak in found_by(world, route, actor)
        )


def test_an_exact_distance_is_found(world: World) -> None:
    match = PetMatch.objects.get(pk=world.ids["pending match"])
    lost, found = match.lost_report, match.found_report
    assert lost is not None
    meters = haversine_m(lost.latitude, lost.longitude, found.latitude, found.longitude)
    PetMatch.objects.filter(pk=match.pk).update(distance_meters=round(meters, 1))
    leaks = found_by(world, "v1/matches/", "rival")
    assert f"the exact distance to the place of Milo's report at GET /api/v1/matches/{match.pk}/" in leaks


def test_a_private_pet_is_found(world: World) -> None:
    Pet.objects.filter(pk=world.ids["Nala"]).update(is_public=True)
    leaks = found_by(world, "dashboard/pets", "anonymous")
    assert {
        f"{what} at GET /api/auth/dashboard/pets/" for what in ("the name of Nala", "the address of Nala's photo")
    } <= leaks


def test_a_vector_is_found(world: World, monkeypatch: Any) -> None:
    vector = PhotoEmbedding.objects.latest("pk").as_array()
    assert vector is not None
    monkeypatch.setattr("animal.pets.serializers.PetSerializer.get_features", lambda self, pet: [vector.tolist()])
    leaks = found_by(world, "dashboard/pets", "stranger")
    assert "a list of more than 63 numbers at GET /api/auth/dashboard/pets/" in leaks


def test_what_a_camera_wrote_is_found_in_a_stored_picture(world: World) -> None:
    image = Image.objects.get(pk=Report.objects.get(pk=world.ids["the rival's report"]).image_id)
    name = str(image.thumbnail)
    words = next(form for form, canary in world.watch.texts.items() if canary.what == "the metadata of Nala's photo")
    place = next(point for point in world.watch.points if point.canary.what == "where Nala's photo was taken")
    kept = default_storage.open(name).read()
    spoiled = photo(RED, words=words, at=(place.latitude, place.longitude), taken=image.created_at, name="x.jpg").read()
    try:
        _replace(name, spoiled)
        leaks = found_by(world, "media/", "anonymous")
    finally:
        _replace(name, kept)
    assert {f"the metadata of Nala's photo at GET /media/{name}", f"{place.canary.what} at GET /media/{name}"} <= leaks


def _replace(name: str, content: bytes) -> None:
    default_storage.delete(name)
    default_storage.save(name, ContentFile(content))


def test_a_token_in_a_log_line_is_found(world: World, standing_log: Lines) -> None:
    token = next(form for form, canary in world.watch.texts.items() if canary.what == "the refresh token of owner")
    plain = logging.Formatter("{message}", style="{")
    record = logging.LogRecord("x", logging.INFO, "x.py", 1, "refreshed with %s", (token,), None)
    clean: list[tuple[logging.Formatter, set[str]]] = [(formatter, set()) for formatter in standing_log.formatters]
    for formatter, leaks in ((plain, {"the refresh token of owner"}), *clean):
        assert {finding.what for finding in world.watch.look("the log", "log", formatter.format(record))} == leaks


def test_an_address_a_number_a_place_and_a_tag_in_a_report_to_sentry_are_found(
    world: World, settings: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("animal.ops.sentry.scrubbed", lambda text: text)
    found = {finding.what for finding in reported_to_sentry(world, settings, monkeypatch)}
    of_report = ("the contact e-mail of", "the contact phone of", "the place of")
    assert found >= {*(f"{what} Milo's report" for what in of_report), "the tag of Milo"}


def test_an_exact_place_in_a_payload_and_in_a_question_to_qdrant_is_found(
    world: World, qdrant: QdrantRecorder, monkeypatch: Any
) -> None:
    report = Report.objects.get(pk=world.ids["the rival's report"])
    Report.objects.filter(pk=report.pk).update(public_latitude=report.latitude, public_longitude=report.longitude)
    run_auto_match(report.pk)
    leaks = {finding.what for question in qdrant.questions for finding in world.watch.look("Qdrant", "x", question)}
    assert leaks == {"the place of the rival's report"}


def test_a_number_in_somebody_elses_mail_is_found(world: World) -> None:
    letter, owner = world.mails[-1], world.people["owner"]
    leaks = {finding.what for finding in world.watch.look("rival", "mail", f"{letter.body} Call {_phone(world)}.")}
    assert "the contact phone of Milo's report" in leaks
    assert owner.email not in str(letter.body) or letter.to == [owner.email]


def _phone(world: World) -> str:
    return Report.objects.get(pk=world.ids["Milo's report"]).contact_phone

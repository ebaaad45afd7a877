"""Pictures that people made in the editor: saving them with megabytes of state, listing them, and whose they are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from animal.conftest import Actor
from animal.core.tests.described import assert_described
from animal.images.edited_models import EditedPetImage
from animal.images.edited_services import MAX_EDITS_PER_USER
from animal.images.tests.stored import keep_on_disk, names_stored, own_store, pictures_at

URL = "/api/auth/edited-pet-images/"
STATE = {"filters": "sepia(1)", "objects": {"version": "5.3.0", "background": "#fff", "objects": [{"type": "image"}]}}


@pytest.fixture(autouse=True)
def _empty_store(tmp_path: Path) -> Iterator[None]:
    with own_store(tmp_path):
        yield


def png(mode: str = "RGBA", **info: Any) -> SimpleUploadedFile:
    buffer = BytesIO()
    Pillow.new(mode, (64, 48), (200, 10, 10, 0) if mode == "RGBA" else (200, 10, 10)).save(buffer, "PNG", **info)
    return SimpleUploadedFile("blob", buffer.getvalue(), content_type="image/png")


def save(actor: Actor, metadata: Any = STATE, **fields: Any) -> Any:
    text = metadata if isinstance(metadata, str) else json.dumps(metadata)
    return actor.multipart(URL, {"edited_image": png(), "edit_metadata": text, **fields})


def large_state(megabytes: int) -> dict[str, Any]:
    photo = {"type": "image", "src": "data:image/png;base64," + "A" * (megabytes * 1024 * 1024)}
    return {"filters": None, "objects": {"version": "5.3.0", "background": "#123456", "objects": [photo]}}


def test_an_edit_is_saved_with_the_keys_of_the_contract(owner: Actor) -> None:
    answer = save(owner)
    assert answer.status_code == 201, answer.content
    edit = answer.json()
    assert set(edit) == {"id", "edit_metadata", "created_at", "owner", "edited_image_url"}
    assert (edit["edit_metadata"], edit["owner"]) == (STATE, "Owner")
    assert edit["edited_image_url"].startswith(f"{pictures_at()}edited/")


@pytest.mark.parametrize("metadata", [{"filters": {"sepia": 1}, "objects": []}, {"filters": None, "objects": None}, {}])
def test_whatever_shape_a_state_has_the_answer_is_as_described(owner: Actor, metadata: Any) -> None:
    saved = save(owner, metadata)
    assert saved.json()["edit_metadata"] == metadata
    assert_described(f"POST {URL}", saved)
    assert_described(f"GET {URL}", owner.get(URL))


def test_the_picture_keeps_its_transparency_loses_its_metadata_and_may_be_drawn_on_a_canvas(
    owner: Actor, settings: Any, tmp_path: Path
) -> None:
    keep_on_disk(settings, tmp_path)
    secret = PngInfo()
    secret.add_text("Comment", "taken at home")
    url = save(owner, edited_image=png(pnginfo=secret)).json()["edited_image_url"].removeprefix("http://testserver")
    answer = owner.client.get(url, HTTP_ORIGIN="http://localhost:3000")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert answer["Access-Control-Allow-Origin"] == "http://localhost:3000"
    data = b"".join(answer.streaming_content)
    assert b"taken at home" not in data
    with Pillow.open(BytesIO(data)) as picture:
        assert (picture.mode, picture.getpixel((0, 0))) == ("RGBA", (200, 10, 10, 0))


def test_twenty_megabytes_of_state_are_saved_come_back_whole_and_stay_out_of_the_list(owner: Actor) -> None:
    state = large_state(20)
    answer = save(owner, state)
    assert answer.status_code == 201, answer.content[:300]
    assert owner.get(f"{URL}{answer.json()['id']}/").json()["edit_metadata"] == state
    listing = owner.get(URL)
    assert listing["Content-Type"].startswith("application/json")
    (shown,) = listing.json()
    assert (shown["edit_metadata"]["filters"], shown["edit_metadata"]["objects"]["background"]) == (None, "#123456")
    assert len(listing.content) < 2000
    row = EditedPetImage.objects.get()
    assert row.metadata == {}
    assert default_storage.size(str(row.metadata_file)) > 20 * 1024 * 1024


def test_the_file_of_a_state_is_not_served(owner: Actor) -> None:
    save(owner, large_state(2))
    name = str(EditedPetImage.objects.get().metadata_file)
    assert default_storage.exists(name)
    assert owner.get(f"/media/{name}").status_code == 404


def test_who_was_shown_an_edited_picture_cannot_guess_where_its_state_lies(owner: Actor) -> None:
    save(owner, large_state(2))
    row = EditedPetImage.objects.get()
    picture, state = (Path(str(name)) for name in (row.edited_image, row.metadata_file))
    assert picture.stem != state.stem


def test_more_state_than_24_megabytes_is_refused_with_a_sentence_and_nothing_is_kept(owner: Actor) -> None:
    answer = save(owner, large_state(25))
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/json")
    assert "24 MB" in answer.json()["detail"]
    assert (EditedPetImage.objects.count(), names_stored()) == (0, set())


def test_other_routes_still_refuse_megabytes_of_form_text(owner: Actor) -> None:
    answer = owner.multipart("/api/auth/pets/add/", {"name": "x" * 3_000_000})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("text", ["no json", "[1]", '"text"', '{"a": NaN}', "[" * 100_000])
def test_a_state_that_is_no_json_object_is_refused(owner: Actor, text: str) -> None:
    answer = save(owner, text)
    assert answer.status_code == 400, answer.content
    assert "edit_metadata" in answer.json()["errors"]


def test_without_a_picture_or_with_something_else_nothing_is_saved(owner: Actor) -> None:
    answer = owner.multipart(URL, {"edit_metadata": "{}"})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["edited_image"])
    page = SimpleUploadedFile("x.png", b"<html>", content_type="image/png")
    assert save(owner, edited_image=page).status_code == 400
    assert (EditedPetImage.objects.count(), names_stored()) == (0, set())


def test_json_instead_of_a_form_is_an_unsupported_media_type(owner: Actor) -> None:
    assert owner.post(URL, {"edit_metadata": {}}).status_code == 415


def test_a_broken_form_is_refused(owner: Actor) -> None:
    for content_type in ("multipart/form-data", "multipart/form-data; boundary=x"):
        answer = owner.client.generic("POST", URL, b"--y\r\nnonsense", content_type=content_type)
        assert answer.status_code == 400, answer.content


def test_the_list_holds_the_newest_50_of_ones_own_in_the_same_number_of_queries(owner: Actor, finder: Actor) -> None:
    save(finder)
    taken = []
    for count in (1, 52):
        while EditedPetImage.objects.filter(owner=owner.user).count() < count:
            EditedPetImage.objects.create(owner=owner.user, edited_image="edited/00/x.png", summary={"filters": None})
        with CaptureQueriesContext(connection) as queries:
            listed = owner.get(URL).json()
        taken.append(len(queries))
        assert len(listed) == min(count, 50)
    assert taken[0] == taken[1]
    assert [edit["id"] for edit in listed] == sorted((edit["id"] for edit in listed), reverse=True)


def test_a_person_keeps_a_bounded_number_of_edits(owner: Actor) -> None:
    blank = [EditedPetImage(owner=owner.user, edited_image="edited/00/x.png") for _ in range(MAX_EDITS_PER_USER)]
    EditedPetImage.objects.bulk_create(blank)
    assert save(owner).status_code == 409


def test_replacing_removes_the_old_files_and_deleting_removes_all(
    owner: Actor, django_capture_on_commit_callbacks: Any
) -> None:
    edit = save(owner, large_state(2)).json()
    before = names_stored()
    with django_capture_on_commit_callbacks(execute=True):
        changed = owner.client.patch(f"{URL}{edit['id']}/", {"edit_metadata": json.dumps(STATE)}, format="multipart")
    assert (changed.status_code, changed.json()["edit_metadata"]) == (200, STATE)
    assert changed.json()["edited_image_url"] == edit["edited_image_url"]
    assert len(names_stored()) == len(before) - 1
    with django_capture_on_commit_callbacks(execute=True):
        replaced = owner.client.put(f"{URL}{edit['id']}/", {"edited_image": png("RGB")}, format="multipart")
    assert replaced.json()["edited_image_url"] != edit["edited_image_url"]
    assert replaced.json()["edit_metadata"] == {}
    with django_capture_on_commit_callbacks(execute=True):
        assert owner.delete(f"{URL}{edit['id']}/").status_code == 204
    assert names_stored() == set()


def test_a_stranger_finds_changes_and_deletes_nothing_of_it(owner: Actor, stranger: Actor, anonymous: Actor) -> None:
    edit = save(owner).json()
    mine, missing = f"{URL}{edit['id']}/", f"{URL}999999/"
    for verb in ("get", "put", "patch", "delete"):
        denied, none = (getattr(stranger.client, verb)(url) for url in (mine, missing))
        assert (denied.status_code, denied.content) == (404, none.content)
    assert stranger.get(URL).json() == []
    assert anonymous.get(URL).status_code == 401
    assert owner.get(mine).json() == edit

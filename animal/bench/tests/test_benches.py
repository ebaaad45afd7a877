"""What the benchmarks measure, on a gallery small enough for a test: that it is measured, and how it is judged."""

from __future__ import annotations

import json
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from animal.bench import index_inside, recognition_inside
from animal.bench.recognition_inside import PHOTO_SIZE, photos
from animal.bench.results import Figure, Results
from animal.images.selectors import master_decoded
from animal.recognition.models import GalleryEntry


@pytest.mark.django_db
def test_both_engines_are_asked_the_same_and_the_gallery_is_what_the_figures_say(monkeypatch) -> None:
    monkeypatch.setattr(index_inside, "SEARCHES", 3)
    monkeypatch.setattr(index_inside, "CHANGES", 4)
    out = StringIO()
    call_command("bench_inside", "index", "--count", "200", stdout=out)
    figures = {figure["name"]: figure for figure in json.loads(out.getvalue())["figures"]}
    assert GalleryEntry.objects.count() == 200
    for query in index_inside.QUERIES:
        assert figures[f"exact: {query}, p95"]["value"] > 0
        assert figures[f"qdrant-client: {query}, recall"]["value"] == 1
    assert "% pass" in figures["exact: dogs within 50 km, p95"]["note"]
    assert figures["exact: search after one change, p95"]["bar"] == 20
    assert GalleryEntry.objects.filter(is_public=False).count() == 4, "the changes were made"
    with pytest.raises(CommandError, match="has a gallery"):
        call_command("bench_inside", "index", "--count", "200")


def test_as_many_animals_are_near_as_promised() -> None:
    shares = {name: bar for name, (_, bar) in index_inside.QUERIES.items()}
    assert list(shares.values()) == [3.0, 12.0, 15.0]
    assert 0.01 <= index_inside.NEAR_SHARE * index_inside.SPECIES["dog"] <= 0.05


def test_photos_are_of_the_promised_size_and_no_two_in_a_row_are_the_same(monkeypatch) -> None:
    monkeypatch.setattr(recognition_inside, "DIFFERENT_PHOTOS", 2)
    files = photos(3)
    assert len(files) == 3
    assert master_decoded(files[0]).size == PHOTO_SIZE
    assert files[0] != files[1]
    assert files[0] == files[2]
    assert len(files[0]) > 300_000, "without noise a JPEG decodes faster than a camera's"


def test_a_promise_is_missed_on_its_own_side() -> None:
    assert [Figure("a", value, "ms", bar=3).verdict for value in (3, 3.1)] == ["holds", "MISSED"]
    assert [Figure("a", value, "", floor=24).verdict for value in (24, 23.9)] == ["holds", "MISSED"]
    assert Figure("a", 5, "ms").verdict == ""
    assert [Figure("a", 1, "", bar=3).promise, Figure("a", 1, "", floor=24).promise] == ["<= 3", ">= 24"]


def test_figures_of_another_process_keep_their_promises() -> None:
    inside, outside = Results("index", ""), Results("index", "data")
    inside.add("slow", 9, "ms", bar=3, note="n = 2")
    inside.add("few", 9, "", floor=24)
    outside.add_all_of(inside.as_json())
    assert outside.figures == inside.figures
    assert [figure.name for figure in outside.missed] == ["slow", "few"]
    assert np.isclose(outside.figures[0].value, 9)


def test_pages_are_measured_in_a_browser_or_not_at_all(monkeypatch) -> None:
    monkeypatch.setattr("animal.bench.pages.shutil.which", lambda name: None)
    with pytest.raises(CommandError, match=r"\./startup\.sh test --stack installs Chromium"):
        call_command("bench", "pages")

"""Areas that people watch: filed, bounded, changed, removed."""

from __future__ import annotations

import threading

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from animal.alerts.models import AlertSubscription
from animal.core.cells import cell_of

URL = "/api/auth/alerts/"
HOME = {"label": "Home", "center_lat": 28.6139, "center_lon": 77.209, "radius_km": 5, "status_filter": "lost"}
KEYS = {"id", "label", "center_lat", "center_lon", "radius_km", "status_filter", "is_active", "created_at"}


def test_an_area_is_filed_and_listed_newest_first(owner):
    first = owner.post(URL, HOME)
    assert first.status_code == 201
    assert set(first.json()) == KEYS
    assert isinstance(first.json()["radius_km"], float)
    owner.post(URL, {**HOME, "label": "Work"})
    assert [area["label"] for area in owner.get(URL).json()] == ["Work", "Home"]


def test_radius_and_filter_have_defaults(owner):
    area = owner.post(URL, {"center_lat": 1, "center_lon": 2}).json()
    assert (area["radius_km"], area["status_filter"], area["is_active"], area["label"]) == (5.0, "", True, "")


@pytest.mark.parametrize(
    "wrong",
    [
        {"center_lat": 90.1},
        {"center_lat": -999},
        {"center_lon": 180.5},
        {"center_lon": "nan"},
        {"center_lat": "inf"},
        {"center_lat": True},
        {"center_lat": None},
        {"center_lat": int("9" * 400)},
        {"radius_km": 0.09},
        {"radius_km": 100.1},
        {"radius_km": 1e9},
        {"radius_km": "NaN"},
        {"status_filter": "resolved"},
        {"status_filter": "x" * 10_000},
        {"label": "x" * 65},
        {"label": "x" * 10_000},
        {"label": "<img src=x onerror=alert(1)>"},
        {"label": "a\u0000b"},
        {"label": ["a"]},
        {"is_active": "perhaps"},
    ],
    ids=str,
)
def test_a_wrong_area_is_refused_with_a_sentence(owner, wrong):
    response = owner.post(URL, {**HOME, **wrong})
    assert response.status_code == 400
    assert response.json()["detail"]
    assert set(response.json()["errors"]) == set(wrong)
    assert not AlertSubscription.objects.exists()


@pytest.mark.parametrize("body", [{}, [], "text", None])
def test_an_empty_or_shapeless_body_is_refused(owner, body):
    response = owner.post(URL, body)
    assert response.status_code == 400
    assert response.json()["detail"]


def test_the_edges_of_the_ranges_are_accepted(owner):
    for edge in ({"center_lat": 90, "center_lon": 180}, {"center_lat": -90, "center_lon": -180}):
        assert owner.post(URL, {**HOME, **edge}).status_code == 201
    for radius in (0.1, 100):
        assert owner.post(URL, {**HOME, "radius_km": radius}).status_code == 201


def test_an_eleventh_area_is_refused_with_an_object(owner):
    for _ in range(10):
        assert owner.post(URL, HOME).status_code == 201
    response = owner.post(URL, HOME)
    assert response.status_code == 400
    assert "10" in response.json()["detail"]
    assert AlertSubscription.objects.count() == 10


@pytest.mark.django_db(transaction=True)
def test_six_requests_at_once_do_not_get_past_the_limit(owner):
    for _ in range(8):
        owner.post(URL, HOME)
    answers: list[int] = []
    start = threading.Barrier(6)
    token = owner.access

    def work() -> None:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        start.wait()
        answers.append(client.post(URL, HOME).status_code)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201, 201, 400, 400, 400, 400]
    assert AlertSubscription.objects.count() == 10


def takes_the_lock(sql: str) -> bool:
    """On the person's row; on SQLite, which has no locks on rows, on the whole database."""
    if connection.features.has_select_for_update:
        return "accounts_user" in sql and sql.endswith("FOR UPDATE")
    return sql == "BEGIN IMMEDIATE"


@pytest.mark.django_db(transaction=True)
def test_the_areas_of_a_person_are_counted_under_a_lock(owner):
    with CaptureQueriesContext(connection) as queries:
        assert owner.post(URL, HOME).status_code == 201
    statements = [query["sql"] for query in queries]
    locked = next(n for n, sql in enumerate(statements) if takes_the_lock(sql))
    counted = next(n for n, sql in enumerate(statements) if "COUNT(*)" in sql and "alertsubscription" in sql)
    assert locked < counted
    assert "COMMIT" not in statements[locked:counted]


def test_an_area_is_read_changed_and_removed(owner):
    path = f"{URL}{owner.post(URL, HOME).json()['id']}/"
    assert owner.get(path).json()["label"] == "Home"
    assert owner.put(path, {**HOME, "label": "Garden", "radius_km": 50}).json()["radius_km"] == 50
    assert owner.client.patch(path, {"is_active": False}).json()["is_active"] is False
    assert owner.get(path).json()["label"] == "Garden"
    assert owner.delete(path).status_code == 204
    assert owner.get(path).status_code == 404


def test_a_changed_area_is_found_at_its_new_place(owner):
    path = f"{URL}{owner.post(URL, HOME).json()['id']}/"
    owner.client.patch(path, {"center_lat": -33.9, "radius_km": 80})
    area = AlertSubscription.objects.get()
    assert (area.band_resolution, area.center_cell) == (4, cell_of(-33.9, 77.209, 4))


@pytest.mark.parametrize("wrong", [{"center_lat": 91}, {"radius_km": 0}, {"label": '"'}])
def test_a_wrong_change_is_refused_and_changes_nothing(owner, wrong):
    path = f"{URL}{owner.post(URL, HOME).json()['id']}/"
    assert owner.client.patch(path, wrong).status_code == 400
    assert owner.put(path, {**HOME, **wrong}).status_code == 400
    assert owner.get(path).json() | {"id": 0, "created_at": ""} == {
        **HOME, "is_active": True, "id": 0, "created_at": ""
    }  # fmt: skip


def test_a_stranger_can_neither_see_nor_change_nor_remove_it(owner, stranger):
    path = f"{URL}{owner.post(URL, HOME).json()['id']}/"
    assert stranger.get(URL).json() == []
    assert stranger.get(path).status_code == 404
    assert stranger.put(path, HOME).status_code == 404
    assert stranger.client.patch(path, {"label": "x"}).status_code == 404
    assert stranger.delete(path).status_code == 404
    assert stranger.get(path).json() == stranger.get(f"{URL}999999/").json()
    assert AlertSubscription.objects.get().label == "Home"


def test_a_passer_by_is_asked_to_sign_in(anonymous):
    assert anonymous.get(URL).status_code == 401
    assert anonymous.post(URL, HOME).status_code == 401

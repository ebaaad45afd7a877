"""The admin's lists of reports, areas and notifications: readable, and not for changing."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from animal.alerts.models import AlertSubscription, Notification
from animal.reports.models import Report
from animal.reports.tests.conftest import filed

LISTS = ["/admin/reports/report/", "/admin/alerts/alertsubscription/", "/admin/alerts/notification/"]


@pytest.fixture
def staff(moderator) -> Client:
    User.objects.filter(pk=moderator.user.pk).update(is_superuser=True)
    client = Client()
    client.force_login(User.objects.get(pk=moderator.user.pk))
    return client


def test_every_list_and_page_opens_and_nothing_can_be_added(owner, staff):
    filed(owner)
    area = {"center_lat": 1, "center_lon": 2}
    assert owner.post("/api/auth/alerts/", area).status_code == 201
    for path, model in zip(LISTS, (Report, AlertSubscription, Notification), strict=True):
        assert staff.get(path).status_code == 200
        assert staff.get(f"{path}{model.objects.get().pk}/change/").status_code == 200
        assert staff.get(f"{path}add/").status_code == 403
        assert staff.post(f"{path}{model.objects.get().pk}/change/", {}).status_code == 403


def test_people_without_the_rights_are_sent_away(owner):
    client = Client()
    client.force_login(owner.user)
    assert all(client.get(path).status_code == 302 for path in LISTS)

"""Web Push: a real push service on this machine gets what a real browser could read, and nothing else is asked."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.management import call_command
from django.test import Client
from django_q.models import OrmQ

from accounts.models import User
from accounts.services import sign_out_everywhere
from accounts.services.sessions import session_start
from animal.alerts import web_push
from animal.alerts.models import Notification, PushDevice
from animal.alerts.push_services import MAX_DEVICES
from animal.alerts.services import notification_create
from animal.alerts.tests.push_service import Browser, PushService, push_service
from animal.alerts.web_push import CURVE, EndpointRefused, PushFailed, from_base64url, public_address, push_deliver
from animal.conftest import Actor
from animal.core import env
from animal.core.models import BackgroundTask
from animal.core.push_settings import push_settings

URL = "/api/v1/push/"


@pytest.fixture
def key(settings: Any) -> str:
    said = io.StringIO()
    call_command("gen_vapid", stdout=said)
    settings.VAPID_PRIVATE_KEY = said.getvalue().strip()
    settings.SITE_URL = "https://pawgle.example"
    return str(settings.VAPID_PRIVATE_KEY)


@pytest.fixture
def service(settings: Any, key: str) -> Iterator[PushService]:
    with push_service() as running:
        settings.PUSH_OWN_SERVICES = [running.origin]
        yield running


def add(actor: Actor, browser: Browser) -> int:
    answer = actor.client.post(URL, browser.subscription(), format="json")
    assert answer.status_code == 201
    return int(answer.json()["id"])


def sign_in_again(actor: Actor) -> None:
    session = session_start(user=actor.user, user_agent="another").partition(".")[0]
    actor.client.force_authenticate(actor.user, token={"sid": session})


def tell(actor: Actor, dedupe: str = "k") -> None:
    notification_create(
        recipient_id=actor.user.pk,
        verb=Notification.Verb.TAG_SCANNED,
        description="Somebody scanned the tag of Milo at Main Street.",
        dedupe_key=dedupe,
        target_name="Milo",
        link="/chat/1",
    )


def let_the_waiting_time_pass() -> None:
    BackgroundTask.objects.filter(state="pending").update(run_at=BackgroundTask.objects.earliest("pk").created_at)
    OrmQ.objects.update(lock=BackgroundTask.objects.earliest("pk").created_at)


def test_each_browser_of_the_person_is_told_once_in_words_that_only_it_can_read(
    owner: Actor, stranger: Actor, service: PushService, work_off: Any
) -> None:
    phone, laptop = (Browser(f"{service.origin}/push/{name}?x=1") for name in ("phone", "laptop"))
    add(owner, phone)
    add(owner, phone)
    add(owner, laptop)
    add(stranger, Browser(f"{service.origin}/push/another"))
    User.objects.filter(pk=owner.user.pk).update(language="en")
    tell(owner)
    tell(owner)
    work_off()
    assert sorted(path for path, _headers, _body in service.received) == ["/push/laptop?x=1", "/push/phone?x=1"]
    by_path = {path: (headers, body) for path, headers, body in service.received}
    headers, body = by_path["/push/phone?x=1"]
    assert phone.read(body) == {"title": "Somebody says where your pet is", "link": "/chat/1"}
    assert (headers["content-encoding"], int(headers["ttl"]) > 0) == ("aes128gcm", True)
    for private in (b"Milo", b"scanned", b"chat", b"owner"):
        assert private not in body
    # RFC 8292: signed for this service alone, by the key that the browser was given.
    token, _comma, said = headers["authorization"].removeprefix("vapid t=").partition(", k=")
    assert said == owner.get(URL).json()["key"]
    public = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, from_base64url(said))
    claims = jwt.decode(token, public, algorithms=["ES256"], audience=service.origin)
    assert claims["sub"] == "https://pawgle.example"


def test_what_the_push_service_answers_is_heeded(owner: Actor, service: PushService, work_off: Any) -> None:
    device = add(owner, Browser(f"{service.origin}/a"))
    service.answers = [503, 429, 302]
    tell(owner)
    for _ in range(2):
        work_off()
        assert BackgroundTask.objects.get(name__endswith="push_send").state == "pending"
        let_the_waiting_time_pass()
    work_off()
    task = BackgroundTask.objects.get(name__endswith="push_send")
    assert (task.state, len(service.received)) == ("failed", 3), "a redirection is not followed"
    assert "VAPID_PRIVATE_KEY" in task.error
    service.answers = [410]
    tell(owner, "gone")
    work_off()
    assert not PushDevice.objects.filter(pk=device).exists()
    tell(owner, "after")
    work_off()
    assert len(service.received) == 4


def test_nobody_is_told_what_they_refuse_have_read_or_may_not_know(
    owner: Actor, finder: Actor, service: PushService, work_off: Any
) -> None:
    browser = Browser(f"{service.origin}/a")
    device = add(owner, browser)
    owner.client.patch("/api/v1/notifications/choices/", {"tag": {"push": False}}, format="json")
    tell(owner)
    owner.client.patch("/api/v1/notifications/choices/", {"tag": {"push": True}}, format="json")
    tell(owner, "read")
    Notification.objects.update(is_read=True)
    work_off()
    assert service.received == []
    tell(owner, "unproven")
    User.objects.filter(pk=owner.user.pk).update(email_verified_at=None)
    tell(owner, "unproven since")
    work_off()
    assert service.received == []
    # Nor is a browser that may be in other hands.
    User.objects.filter(pk=owner.user.pk).update(email_verified_at=owner.user.date_joined)
    tell(owner, "signed out")
    sign_out_everywhere(user=owner.user)
    sign_in_again(owner)
    assert owner.get(URL).json()["devices"] == []
    tell(owner, "signed out since")
    work_off()
    assert service.received == []
    add(owner, browser)
    tell(owner, "ended by itself")
    owner.user.sessions.update(ended_at=owner.user.date_joined)
    sign_in_again(owner)
    assert owner.get(URL).json()["devices"] == []
    work_off()
    assert service.received == []
    device = add(owner, browser)
    # A browser at which somebody else signed in since is theirs.
    tell(owner, "before")
    assert finder.client.delete(f"{URL}{device}/").status_code == 404
    assert add(finder, browser) == device
    work_off()
    assert (service.received, owner.get(URL).json()["devices"]) == ([], [])
    assert finder.client.delete(f"{URL}{device}/").status_code == 204
    assert not PushDevice.objects.exists()


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example.org/a",
        "https://127.0.0.1/a",
        "https://[::1]/a",
        "https://2130706433/a",
        "https://0x7f.1/a",
        "https://localhost/a",
        "https://redis.internal/a",
        "https://push.example.org:6379/a",
        "https://us:er@push.example.org/a",
        "https://push.example.org\\@127.0.0.1/a",
        "file:///etc/passwd",
        "https://push.example.org/" + "a" * 1000,
    ],
)
def test_an_address_that_may_lead_into_our_network_is_refused(owner: Actor, key: str, endpoint: str) -> None:
    answer = owner.client.post(URL, Browser(endpoint).subscription(), format="json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["endpoint"])
    with pytest.raises((EndpointRefused, PushFailed)):
        push_deliver(endpoint=endpoint, browser_key="", browser_secret="", payload=b"")


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.0.0.5"],
        ["169.254.169.254"],
        ["100.64.0.1"],
        ["::1"],
        ["fd00::1"],
        ["::ffff:10.0.0.5"],
        ["64:ff9b::a00:5"],
        ["2002:a00:5::1"],
        ["224.0.0.1"],
        ["93.184.215.14", "10.0.0.5"],
    ],
)
def test_a_name_that_leads_into_our_network_when_it_is_asked_is_not_asked(
    owner: Actor, key: str, work_off: Any, monkeypatch: Any, addresses: list[str]
) -> None:
    add(owner, Browser("https://push.example.org/a"))
    entries = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: entries)
    monkeypatch.setattr(socket, "create_connection", lambda *args, **kwargs: pytest.fail("nobody is asked"))
    tell(owner)
    work_off()
    assert not PushDevice.objects.exists()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: entries[:1] if len(entries) > 1 else [])
    if len(entries) > 1:
        assert public_address("push.example.org") == "93.184.215.14"


def test_browsers_are_added_and_removed_in_the_settings_where_there_is_a_key(
    owner: Actor, stranger: Actor, service: PushService, work_off: Any, settings: Any
) -> None:
    page = Client()
    page.force_login(owner.user, backend="accounts.backends.EmailBackend")
    shown = page.get("/settings").content.decode()
    assert f'data-push="{web_push.public_key()}"' in shown
    browser = Browser(f"{service.origin}/a")
    subscription = browser.subscription()
    form = {"endpoint": browser.endpoint, **subscription["keys"]}
    assert page.post("/settings/push", {**form, "auth": "short"}).status_code == 400
    assert page.post("/settings/push", form, HTTP_USER_AGENT="A phone <b>")["Location"] == "/settings"
    device = owner.user.push_devices.get()
    assert "A phone &lt;b&gt;" in page.get("/settings").content.decode()
    other = Client()
    other.force_login(stranger.user, backend="accounts.backends.EmailBackend")
    other.post(f"/settings/push/{device.pk}/remove")
    assert owner.user.push_devices.exists()
    tell(owner)
    work_off()
    assert [browser.read(body)["link"] for _path, _headers, body in service.received] == ["/chat/1"]
    for number in range(MAX_DEVICES + 1):
        add(owner, Browser(f"{service.origin}/{number}"))
    assert len(owner.get(URL).json()["devices"]) == MAX_DEVICES
    newest = owner.user.push_devices.latest("pk")
    assert page.post(f"/settings/push/{newest.pk}/remove").status_code == 302
    assert not PushDevice.objects.filter(pk=newest.pk).exists()
    worker = page.get("/sw.js")
    assert (worker["Content-Type"], b"showNotification" in worker.content) == ("text/javascript", True)

    settings.VAPID_PRIVATE_KEY = ""
    assert "data-push" not in page.get("/settings").content.decode()
    assert "tag.push" not in page.get("/settings").content.decode()
    assert owner.get(URL).json()["key"] == ""
    assert owner.client.post(URL, subscription, format="json").json()["code"] == "push_off"
    before = BackgroundTask.objects.count()
    tell(owner, "off")
    assert BackgroundTask.objects.count() == before


@pytest.mark.parametrize(("name", "value"), [("VAPID_PRIVATE_KEY", "abc"), ("VAPID_SUBJECT", "zoe@example.org")])
def test_a_wrong_setting_is_named_without_repeating_a_secret(monkeypatch: Any, name: str, value: str) -> None:
    monkeypatch.setattr(env, "problems", [])
    monkeypatch.setenv(name, value)
    assert push_settings().private_key == ""
    (problem,) = env.problems
    assert name in problem
    assert "abc" not in problem

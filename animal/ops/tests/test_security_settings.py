"""B70 to B72 and D21: settings follow the environment, what a server under https sends along with every answer, and
which settings stop it from starting."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.checks import run_checks
from django.core.files.uploadedfile import SimpleUploadedFile
from dotenv import dotenv_values
from pyrage import x25519

from animal.conftest import Actor
from animal.core import env
from animal.core.checks import configuration_is_usable

PRODUCTION = {
    "ENV_FILE": "",
    "DEBUG": "false",
    "SECRET_KEY": "a key for tests only long enough for HS256 signatures",
    "SITE_URL": "https://pawgle.example",
    "ALLOWED_HOSTS": "pawgle.example",
    "CLOUDFLARE_S3_API": "",
}


def settings_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, **more: str) -> dict[str, Any]:
    for name, value in {**PRODUCTION, "VAR_DIR": str(tmp_path), **more}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(env, "problems", [])
    return runpy.run_path(str(Path(django_settings.BASE_DIR) / "animal" / "settings.py"))


def test_b70_every_rate_may_be_set_in_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    scopes = django_settings.THROTTLE_RATES
    ours = {f"THROTTLE_{scope.upper()}_RATE": f"{number}/hour" for number, scope in enumerate(scopes, 1)}
    rates = settings_for(monkeypatch, tmp_path, **ours)["REST_FRAMEWORK"]["DEFAULT_THROTTLE_RATES"]
    assert rates == {scope: f"{number}/hour" for number, scope in enumerate(scopes, 1)}


def test_b71_one_file_of_settings_serves_development_and_production(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    on_a_server = settings_for(monkeypatch, tmp_path)
    at_home = settings_for(monkeypatch, tmp_path, DEBUG="true", SECRET_KEY="", SITE_URL="", ALLOWED_HOSTS="")
    assert (on_a_server["DEBUG"], at_home["DEBUG"]) == (False, True)
    assert on_a_server["SECRET_KEY"] == PRODUCTION["SECRET_KEY"]
    assert len(at_home["SECRET_KEY"]) >= 32, "made by itself, and kept in VAR_DIR"
    assert on_a_server["ALLOWED_HOSTS"] == ["pawgle.example"]
    assert at_home["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]
    kinds = [values["STORAGES"]["staticfiles"]["BACKEND"].rpartition(".")[2] for values in (on_a_server, at_home)]
    assert kinds == ["HashedStaticFiles", "StaticFilesStorage"]
    assert env.problems == []


def test_b72_under_https_cookies_are_secure_and_browsers_remember_it_for_a_year(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    values = settings_for(monkeypatch, tmp_path)
    assert values["SECURE_HSTS_SECONDS"] == 365 * 24 * 3600
    assert values["SESSION_COOKIE_SECURE"] is values["CSRF_COOKIE_SECURE"] is values["REFRESH_COOKIE_SECURE"] is True
    plain = settings_for(monkeypatch, tmp_path, SITE_URL="http://localhost:8000")
    assert (plain["SECURE_HSTS_SECONDS"], plain["SESSION_COOKIE_SECURE"]) == (0, False)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/api/auth/profile/", "/admin/login/", "/api/docs/", "/nowhere/"])
def test_b72_every_answer_says_what_browsers_may_do_with_it(client: Any, settings: Any, path: str) -> None:
    settings.SECURE_HSTS_SECONDS = 31_536_000
    headers = client.get(path, secure=True).headers
    assert headers["X-Frame-Options"] == "DENY"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy, "no script but our own: neither inline nor from elsewhere"


@pytest.mark.django_db
def test_b72_plain_http_is_sent_to_https_where_that_is_asked_for_and_probes_are_not(client: Any, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = client.get("/pet/map")
    assert (answer.status_code, answer["Location"]) == (301, "https://testserver/pet/map")
    assert client.get("/health/").status_code == 200


@pytest.mark.django_db
def test_b72_only_named_origins_may_read_answers(client: Any, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://client.pawgle.example"]

    def allowed(origin: str) -> str | None:
        return client.get("/api/auth/profile/", HTTP_ORIGIN=origin).headers.get("Access-Control-Allow-Origin")

    assert allowed("https://client.pawgle.example") == "https://client.pawgle.example"
    assert allowed("https://elsewhere.example") is None


@pytest.mark.django_db
def test_b72_the_admin_lies_where_it_is_put_and_nowhere_else(client: Any, settings: Any) -> None:
    settings.ADMIN_URL = "back-office/7f3a"
    settings.ROOT_URLCONF = tuple(runpy.run_path(str(settings.BASE_DIR / "animal" / "urls.py"))["urlpatterns"])
    assert client.get("/back-office/7f3a/login/").status_code == 200
    assert client.get("/admin/login/").status_code == 404


@pytest.mark.parametrize("place", ["api/admin", "media", "a b", "../etc", "über"])
def test_b72_an_admin_in_the_way_of_others_stops_the_start(settings: Any, place: str) -> None:
    settings.ADMIN_URL = place
    assert [problem.id for problem in configuration_is_usable()] == ["pawgle.E011"]


def test_b72_what_is_no_picture_is_not_taken_for_one(owner: Actor) -> None:
    page = SimpleUploadedFile("photo.jpg", b"<html><script>alert(1)</script>", content_type="image/jpeg")
    form = {"name": "Milo", "category": "Domestic", "type": "Cats", "breed": "Tabby", "images": page}
    assert owner.multipart("/api/auth/pets/add/", form).status_code == 400


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"BACKUP_KEEP_DAYS": "soon"}, "BACKUP_KEEP_DAYS must be a whole number at least 1 and at most 3650"),
        ({"KEEP_GUESTS_DAYS": "10"}, "KEEP_GUESTS_DAYS must be a whole number at least 60"),
        ({"BACKUP_DIR": "backups"}, "BACKUP_DIR must be a whole path that begins with /"),
        ({"BACKUP_BUCKET_NAME": "b"}, "BACKUP_BUCKET_NAME needs CLOUDFLARE_S3_API"),
        ({"BACKUP_BUCKET_NAME": "b", "BACKUP_DIR": "/b"}, "must not both be set"),
        ({"BACKUP_PICTURES": "some"}, "BACKUP_PICTURES must be true or false"),
    ],
)
def test_d21_a_wrong_value_is_named_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str], said: str
) -> None:
    settings_for(monkeypatch, tmp_path, **environment)
    assert [problem for problem in env.problems if said in problem] != []
    assert any(said in str(message.msg) for message in configuration_is_usable()), "the start and `check` say it"


# Of what `check --deploy` looks at; the rest (database, apps) stays that of the tests.
LOOKED_AT = re.compile(
    r"(SECURE|SESSION|CSRF|EMAIL)_|(DEBUG|ALLOWED_HOSTS|NUM_PROXIES|(SITE|API|FRONTEND)_URL)$|SECRET_KEY"
)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, []),
        ({"SECRET_KEY": ""}, ["pawgle.E002"]),
        ({"EMAIL_HOST": ""}, ["pawgle.W003"]),
        ({"SECURE_SSL_REDIRECT": "false"}, ["security.W008"]),
        ({"ALLOWED_HOSTS": "*"}, ["pawgle.E004"]),
    ],
)
def test_d21_with_the_production_example_the_deployment_checks_have_nothing_to_say(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any, changed: dict[str, str], said: list[str]
) -> None:
    file = Path(django_settings.BASE_DIR) / "deploy" / "production.env.example"
    example = {name: value or "" for name, value in dotenv_values(file).items()}
    assert example["SECRET_KEY"] == "", "nobody's key is one that others know"
    filled_in = {**example, "SECRET_KEY": PRODUCTION["SECRET_KEY"], **changed}
    for name, value in settings_for(monkeypatch, tmp_path, **filled_in).items():
        if LOOKED_AT.match(name):
            setattr(settings, name, value)
    found = run_checks(tags=["security"], include_deployment_checks=True)
    assert [message.id for message in found if not message.is_silenced() and message.id != "security.W009"] == said


def test_d21_what_ci_checks_is_the_example_that_people_copy() -> None:
    script = (Path(django_settings.BASE_DIR) / ".ci" / "run").read_text()
    assert "ENV_FILE=deploy/production.env.example" in script
    assert 'as_production "$bin/python" manage.py check --deploy --fail-level WARNING' in script


def test_d21_a_missing_secret_is_named_with_how_to_make_one(settings: Any) -> None:
    settings.SECRET_KEY = env.MISSING_KEY
    [problem] = configuration_is_usable()
    assert "SECRET_KEY is not set" in str(problem.msg)


@pytest.mark.parametrize(
    "keys", [["secret"], ["AGE-SECRET-KEY-1QQQQ"], ["age1zzzz"], ["{key}", "{public}"], ["{key}x"]]
)
def test_d21_an_encryption_key_that_is_none_stops_the_start(settings: Any, keys: list[str]) -> None:
    key = x25519.Identity.generate()
    settings.BACKUP_ENCRYPTION_KEYS = [text.format(key=key, public=key.to_public()) for text in keys]
    [problem] = configuration_is_usable()
    assert "BACKUP_ENCRYPTION_KEY must be keys as" in str(problem.msg)
    settings.BACKUP_ENCRYPTION_KEYS = [str(key.to_public()), str(key)]
    assert configuration_is_usable() == []

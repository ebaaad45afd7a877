"""What `migrate`, `deploy` and `diagnose` say of the database and the buckets that the settings name."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import Tags, run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from animal.core.database_checks import text_problems
from animal.core.storage_settings import file_settings
from animal.ops import stack
from animal.ops.steps import Step, run_steps
from animal.ops.tests.http_service import http_service
from animal.ops.tests.processes import PYTHON, House
from animal.ops.tests.silence import silent_service

KEY, SECRET = "an-access-key", "a-secret-that-nobody-may-read"


@pytest.mark.parametrize(
    ("characters", "collation", "tables", "said"),
    [
        ("utf8mb4", "utf8mb4_bin", [], []),
        (
            "utf8mb4",
            "utf8mb4_general_ci",
            [],
            ["ALTER DATABASE `pets` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"],
        ),
        ("latin1", "latin1_bin", [], ["ALTER DATABASE `pets`"]),
        ("utf8mb4", "utf8mb4_bin", ["accounts_user"], ["ALTER TABLE `accounts_user` CONVERT TO"]),
        ("utf8mb4", "utf8mb4_bin", list("abcdefg"), ["a, b, c, d, e and 2 more."]),
        ("utf8", "utf8_general_ci", ["a"], ["The database pets has the collation utf8_general_ci", "Tables were made"]),
    ],
)
def test_a_collation_that_takes_different_texts_for_equal_is_an_error_with_what_to_run(
    characters: str, collation: str, tables: list[str], said: list[str]
) -> None:
    found = text_problems("pets", characters, collation, tables)
    assert len(found) == len(said)
    assert all(message.is_serious() for message in found)
    for message, part in zip(found, said, strict=True):
        assert part in str(message.msg)


@pytest.mark.django_db
def test_the_database_of_the_tests_is_as_it_should_be() -> None:
    """SQLite compares byte by byte anyway; in the service lane this asks MariaDB."""
    assert run_checks(tags=[Tags.database], databases=["default"]) == []


# Strict mode is looked for as well (mysql.W002, Django's own).
LOOKS = """
import re
from django.core.checks import Tags, run_checks
from django.db import connection

def said():
    found = run_checks(tags=[Tags.database], databases=["default"])
    return [(message.id, re.findall(r"ALTER TABLE `[^`]+`", str(message.msg))) for message in found]

before = said()
connection.cursor().execute("CREATE TABLE accounts_user (email TEXT COLLATE utf8mb4_general_ci)")
print("as it should be:", before, "of another:", said())
"""


@pytest.mark.stack
@pytest.mark.timeout(300)
def test_a_database_of_a_wrong_collation_is_not_migrated_and_says_what_to_run(tmp_path: Path) -> None:
    servers: list[subprocess.Popen[bytes]] = []
    try:
        url = stack.start_mariadb(tmp_path, servers)
        port = url.rpartition(":")[2].partition("/")[0]
        client = [stack.program("mariadb"), "--no-defaults", "-uroot", "-h127.0.0.1", f"-P{port}"]

        def sql(statement: str) -> str:
            done = subprocess.run([*client, "-N", "-e", statement], check=True, capture_output=True, text=True)
            return done.stdout

        sql("CREATE DATABASE pawgle COLLATE utf8mb4_general_ci")
        house = House(tmp_path, DATABASE_URL=url)
        refused = house.run(PYTHON, "manage.py", "migrate", "--noinput")
        assert refused.returncode == 1
        assert "pawgle.E101" in refused.stderr
        assert "has the collation utf8mb4_general_ci" in refused.stderr
        assert sql("SHOW TABLES FROM pawgle") == ""

        sql("ALTER DATABASE pawgle COLLATE utf8mb4_bin; USE pawgle; CREATE TABLE elsewhere (a TEXT COLLATE latin1_bin)")
        said = house.python(LOOKS)
        assert "as it should be: [] of another: [('pawgle.E102', ['ALTER TABLE `accounts_user`" in said
    finally:
        for server in servers:
            server.terminate()
            server.wait()


# --- buckets ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def bucket_at(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    def point(endpoint: str, **more: str) -> None:
        values = {"CLOUDFLARE_S3_API": endpoint, "CLOUDFLARE_R2_ACCESS_KEY_ID": KEY, "CLOUDFLARE_R2_ACCESS_KEY": SECRET}
        for name, value in {**values, **more}.items():
            monkeypatch.setenv(name, value)
        files = file_settings(var_dir=tmp_path, debug=True)
        settings.CLOUDFLARE_S3_API, settings.STORAGES = endpoint, {**settings.STORAGES, **files.storages}

    return point


def said() -> list[str]:
    found = run_checks(tags=[Tags.database], databases=["default"])
    assert all(message.id == "pawgle.W101" and not message.is_serious() for message in found), found
    texts = [str(message.msg) for message in found]
    assert not any(KEY in text or SECRET in text for text in texts)
    return texts


@pytest.mark.django_db
def test_a_bucket_that_is_not_there_is_named_with_its_setting(bucket_at: Any) -> None:
    with http_service({"HEAD /pawgle-private": {}}) as place:
        bucket_at(place)
        assert said() == ["There is no bucket 'pawgle' at CLOUDFLARE_S3_API. Make it, or mend CLOUDFLARE_BUCKET_NAME."]
        with pytest.raises(SystemCheckError, match=r"pawgle\.W101.*There is no bucket 'pawgle'"):
            call_command("check", databases=["default"], fail_level="WARNING")
        call_command("check", fail_level="WARNING")  # Without a database named, nothing outside is asked.


@pytest.mark.django_db
def test_a_bucket_for_backups_is_looked_for_too(bucket_at: Any) -> None:
    with http_service({"HEAD /pawgle": {}}) as place:
        bucket_at(place, BACKUP_BUCKET_NAME="sets")
        [trouble] = said()
    assert "There is no bucket 'sets'" in trouble
    assert "BACKUP_BUCKET_NAME" in trouble


@pytest.mark.django_db
def test_a_store_that_is_away_is_said_once_and_not_for_each_bucket(bucket_at: Any) -> None:
    bucket_at("http://127.0.0.1:9")  # Nobody listens on the discard port.
    assert said() == ["The object store at CLOUDFLARE_S3_API does not answer."]


@pytest.mark.django_db
def test_a_key_that_is_missing_is_named(bucket_at: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with silent_service() as place:
        bucket_at(f"http://{place}", CLOUDFLARE_R2_ACCESS_KEY_ID="", CLOUDFLARE_R2_ACCESS_KEY="")
        assert all("CLOUDFLARE_R2_ACCESS_KEY_ID" in trouble for trouble in said())


def test_a_start_says_what_migrate_warned_of_outside_of_the_settings(capfd: pytest.CaptureFixture[str]) -> None:
    """The settings themselves are spoken of by the web process."""
    warned = "print('?: (pawgle.W101) There is no bucket.'); print('?: (pawgle.W003) Nobody gets mail.')"
    run_steps([Step("migrations", (PYTHON, "-S", "-c", warned))], os.environ)
    said = "".join(capfd.readouterr())
    assert "PawGle: There is no bucket." in said
    assert "Nobody gets mail" not in said


@pytest.mark.stack
@pytest.mark.django_db
def test_a_real_store_that_refuses_the_key_is_told_from_one_without_the_bucket(
    object_store_server: dict[str, str], bucket_at: Any
) -> None:
    place = object_store_server["CLOUDFLARE_S3_API"]
    bucket_at(place, **object_store_server)
    assert said() == []
    bucket_at(place, **{**object_store_server, "CLOUDFLARE_PRIVATE_BUCKET_NAME": "not-there"})
    assert [trouble[:33] for trouble in said()] == ["There is no bucket 'not-there' at"]
    bucket_at(place, **{**object_store_server, "CLOUDFLARE_R2_ACCESS_KEY": "wrong"})
    first, second = said()
    assert first.startswith("The object store lets us not into the bucket 'pawgle' (403).")
    assert "'pawgle-private'" in second

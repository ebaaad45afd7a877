"""B78: what deploy/ promises about containers, as far as it can be seen without an engine."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from animal.core.models import WorkerHeartbeat
from animal.ops.tests.processes import ROOT

DEPLOY = ROOT / "deploy"
DOCKERFILES = [DEPLOY / "Dockerfile", DEPLOY / "space" / "Dockerfile"]
COMPOSE = DEPLOY / "compose.yml"
# What other images and hosts, Python, the shell and gradio read.
OF_OTHERS = re.compile(
    r"MARIADB_(DATABASE|USER|PASSWORD|RANDOM_ROOT_PASSWORD|AUTO_UPGRADE)|QDRANT__TELEMETRY_DISABLED|PATH|TMPDIR|"
    r"PYTHONUNBUFFERED|GRADIO_(ANALYTICS_ENABLED|SERVER_NAME|SERVER_PORT)|WEBSITES_[A-Z_]+|"
    r"SCM_DO_BUILD_DURING_DEPLOYMENT"
)
NAME = r"[A-Z][A-Z0-9_]+"
FILLED_IN = re.sub(r"=$", "=abc123", (DEPLOY / "compose.env.example").read_text(), flags=re.MULTILINE)


def documented() -> set[str]:
    return set(re.findall(rf"^({NAME})=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE.read_text())["services"]
    return found


def names_in(path: Path) -> set[str]:
    """Names of environment variables: set, expanded, in an ENV instruction, or a word of their own in a README."""
    text = path.read_text()
    found = set(re.findall(rf"\$\{{?({NAME})", text)) | set(re.findall(rf"\b({NAME})=", text))
    if path.suffix == ".md":
        found |= {word for word in re.findall(rf"`({NAME})`", text) if "_" in word}
    if path.suffix == ".yml":
        for service in services().values():
            found |= set(service.get("environment", {}))
    return found


@pytest.mark.parametrize(
    "name",
    [
        *("Dockerfile", "space/Dockerfile", "compose.yml", "compose.env.example", "production.env.example"),
        *("start-s3.sh", "README.md"),
    ],
)
def test_b78_every_environment_name_is_a_setting_of_ours_or_one_of_another_image(name: str) -> None:
    unknown = {found for found in names_in(DEPLOY / name) - documented() if not OF_OTHERS.fullmatch(found)}
    assert unknown == set()


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=["pawgle", "space"])
def test_what_an_image_copies_exists_and_is_let_into_the_build(dockerfile: Path) -> None:
    allowed = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    copied = [
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile.read_text(), re.MULTILINE)
        for source in line.split()[:-1]
    ]
    assert copied
    for source in copied:
        assert (ROOT / source).exists(), f"{source} is not there"
        assert any(source == one or source.startswith(f"{one}/") for one in allowed), (
            f".dockerignore holds {source} back"
        )


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=["pawgle", "space"])
def test_an_image_runs_as_nobody_s_root_and_says_how_it_is(dockerfile: Path) -> None:
    lines = dockerfile.read_text().splitlines()
    user = max(number for number, line in enumerate(lines) if line.startswith("USER "))
    assert lines[user] == "USER 10001:10001"
    assert not [line for line in lines[user:] if line.startswith("USER root")]
    assert [line for line in lines if line.startswith("HEALTHCHECK ")]


def test_nothing_that_is_not_named_enters_a_build() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    assert not [line for line in lines if re.fullmatch(r"!(\.env|var|\.git|\.venv)/?", line)]
    assert "**/.env" in lines


def test_no_part_starts_with_a_password_that_others_know() -> None:
    text = COMPOSE.read_text()
    secret = r"(?:\w*PASSWORD|SECRET_KEY|CLOUDFLARE_R2_\w+|ACCESS_KEY\w*)"
    values = re.findall(rf"^ +({secret}): (.+)$", text, re.MULTILINE)
    values = [(name, value) for name, value in values if name != "MARIADB_RANDOM_ROOT_PASSWORD"]
    assert len(values) >= 6
    assert [name for name, value in values if not re.fullmatch(r"\$\{\w+:\?[A-Z][^}]+\.\}", value)] == []
    example = (DEPLOY / "compose.env.example").read_text()
    assert re.findall(rf"^{NAME}=.+$", example, re.MULTILINE) == []


def test_every_service_has_a_limit_a_log_that_ends_and_a_way_back() -> None:
    found = services()
    assert set(found) == {"prepare", "web", "worker", "mariadb", "redis", "qdrant", "s3", "space"}
    for name, service in found.items():
        assert "mem_limit" in service, name
        assert service["logging"]["options"]["max-size"], name
        assert service["restart"] == ("no" if name == "prepare" else "unless-stopped"), name
    for name in ("worker", "mariadb", "redis", "qdrant", "s3"):
        assert found[name]["healthcheck"]["test"], name


def test_only_this_machine_reaches_what_is_published() -> None:
    published = [port for service in services().values() for port in service.get("ports", ())]
    assert published
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []


def test_web_and_worker_share_what_they_count_and_start_once_the_tables_are_there() -> None:
    """B76: /metrics/ tells the worker's counts too; they lie in VAR_DIR/metrics."""
    web, worker = services()["web"], services()["worker"]
    assert web["volumes"] == worker["volumes"]
    assert f"var:{web['environment']['VAR_DIR']}" in web["volumes"]
    for service in (web, worker):
        assert service["depends_on"]["prepare"] == {"condition": "service_completed_successfully"}


def test_volumes_outlive_containers() -> None:
    named = set(yaml.safe_load(COMPOSE.read_text())["volumes"])
    mounted = {volume for service in services().values() for volume in service.get("volumes", ())}
    assert {volume.split(":")[0] for volume in mounted if not volume.startswith("./")} == named
    for volume in mounted:
        if volume.startswith("./"):
            assert (DEPLOY / volume.split(":")[0]).exists()


def test_nginx_lets_ten_photos_through_and_nobody_to_the_metrics() -> None:
    text = (DEPLOY / "nginx.conf").read_text()
    limit = re.search(r"client_max_body_size (\d+)m;", text)
    assert limit is not None
    assert int(limit[1]) == 10 * settings.MAX_UPLOAD_SIZE_MB + 1
    assert re.search(r"location ~ \^/metrics/\?\$ \{\s+deny all;", text)
    for header in ("Host", "X-Forwarded-For", "X-Forwarded-Proto", "X-Request-ID"):
        assert re.search(rf"proxy_set_header {header} \$", text), header
    assert "\naccess_log off;" in text  # Tokens of mailed links stand in the query.


@pytest.mark.django_db
def test_a_worker_s_container_is_well_while_its_own_worker_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "here")
    now = timezone.now()

    def beat(host: str, seconds_ago: int) -> None:
        at = now - timedelta(seconds=seconds_ago)
        WorkerHeartbeat.objects.create(cluster=uuid4(), host=host, workers=1, busy=0, started_at=at, beat_at=at)

    beat("elsewhere", 1)
    beat("here", 90)
    with pytest.raises(CommandError, match="No worker of this host"):
        call_command("worker_alive")
    beat("here", 20)
    call_command("worker_alive")


@pytest.mark.stack
def test_b78_docker_compose_takes_the_file_and_refuses_it_without_a_password(tmp_path: Path) -> None:
    compose = shutil.which("docker-compose")
    assert compose, "docker-compose is missing. ./startup.sh test --stack installs it."
    for name in ("compose.yml", "start-s3.sh"):
        shutil.copy(DEPLOY / name, tmp_path)
    command = [compose, "-f", str(tmp_path / "compose.yml"), "--profile", "space", "config"]
    environment = {"PATH": "/usr/bin:/bin"}

    (tmp_path / ".env").write_text(FILLED_IN)
    taken = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert taken.returncode == 0, taken.stderr
    assert set(yaml.safe_load(taken.stdout)["services"]) == set(services())

    (tmp_path / ".env").write_text(FILLED_IN.replace("MARIADB_PASSWORD=abc123", "MARIADB_PASSWORD="))
    refused = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert refused.returncode != 0
    assert "Set it in deploy/.env to random letters and digits." in refused.stderr

"""A benchmark measures a service of its own, whatever the operator's settings point to."""

from __future__ import annotations

from pathlib import Path

import pytest

from animal.bench.service import LocalService


def test_a_benchmark_never_touches_the_operators_services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    poison = {
        "TIDB_HOST": "db.pawgle.example",
        "DATABASE_URL": "mysql://root@db.pawgle.example/pawgle",
        "QDRANT_CLUSTER_ENDPOINT": "https://qdrant.pawgle.example",
        "CLOUDFLARE_S3_API": "https://s3.pawgle.example",
        "REDIS_URL": "redis://redis.pawgle.example",
        "RESEND_API_KEY": "re_secret",
        "SECRET_KEY": "the production key, which signs people in",
        "ENV_FILE": "/etc/pawgle.env",
    }
    for name, value in poison.items():
        monkeypatch.setenv(name, value)
    environment = LocalService(tmp_path)._environment
    assert not set(environment.values()) & set(poison.values())
    assert environment["VAR_DIR"] == str(tmp_path)

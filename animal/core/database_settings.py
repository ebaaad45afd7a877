"""Where rows are, and how long anybody waits for them, read from the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from animal.core.env import env_database, env_file, env_int, env_str

# Seconds for a connection to MySQL. A request waits for one answer and for one connection before it is refused:
# together less than the ten seconds that nobody is kept waiting.
CONNECT_SECONDS = 3
LONGEST_ANSWER_SECONDS = 6
# For answers that do not come at once, of one request together. What is left of the ten is for finding out what became
# of its COMMIT.
ALL_ANSWERS_SECONDS = 7
STRICT = "SET sql_mode='STRICT_TRANS_TABLES'"


def database_settings(*, var_dir: Path) -> dict[str, Any]:
    host, ssl_ca = env_str("TIDB_HOST"), env_file("TIDB_SSL_CA")
    found = _tidb(host) if host else env_database("DATABASE_URL", f"sqlite:///{var_dir / 'pawgle.sqlite3'}")
    tuned = _mysql(ssl_ca) if found["ENGINE"].endswith("mysql") else _sqlite(found, var_dir)
    return {**found, **tuned, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}


def database_timeout() -> int:
    """Seconds that a web process waits for any answer of MySQL."""
    return env_int("DATABASE_TIMEOUT_SECONDS", 4, minimum=1, maximum=LONGEST_ANSWER_SECONDS)


def server_limits(seconds: int) -> str:
    """What a connection that waits for so long says to the server, for `init_command`: it gives up first, so that what
    was given up is not done later. Each server reads the comments that are for it, and knows other limits."""
    statement = seconds - 0.5
    return (
        f"{STRICT}, innodb_lock_wait_timeout={max(seconds // 2, 1)}"
        f" /*M!100101 , max_statement_time={statement} */"  # MariaDB: any statement.
        f" /*!50708 , max_execution_time={round(statement * 1000)} */"  # MySQL and TiDB: those that read.
    )


def _tidb(host: str) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.mysql",
        "HOST": host,
        "PORT": env_int("TIDB_PORT", 4000, minimum=1, maximum=65535),
        "USER": env_str("TIDB_USERNAME"),
        "PASSWORD": env_str("TIDB_PASSWORD"),
        "NAME": env_str("TIDB_DATABASE", "pawgle"),
    }


def _sqlite(found: dict[str, Any], var_dir: Path) -> dict[str, Any]:
    Path(found["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    # IMMEDIATE takes the write lock at BEGIN, so a transaction that reads first never fails half-way with
    # "database is locked"; WAL lets readers go on meanwhile; FULL keeps a committed row through a power cut.
    options = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
    return {"OPTIONS": options, "TEST": {"NAME": str(var_dir / "test.sqlite3")}}


def _mysql(ssl_ca: str) -> dict[str, Any]:
    options: dict[str, Any] = {
        "charset": "utf8mb4",
        "init_command": STRICT,
        "connect_timeout": CONNECT_SECONDS,
    }
    if ssl_ca:
        options["ssl"] = {"ca": ssl_ca}
    test = {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_bin"}
    return {"ENGINE": "animal.core.mysql", "OPTIONS": options, "TEST": test}

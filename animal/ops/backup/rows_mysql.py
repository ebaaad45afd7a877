"""The rows of MySQL, MariaDB and TiDB, through the programs that come with them.

django-dbbackup calls the same mysqldump, but with the password among its arguments, where every user of the machine
reads it, without a transaction, so that tables are of different moments, and it counts nothing.
"""

from __future__ import annotations

import gzip
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.db import connection

from animal.core.privacy import scrubbed
from animal.ops.backup.store import BackupError

FILE = "database.sql.gz"
DUMPERS = ("mariadb-dump", "mysqldump")
CLIENTS = ("mariadb", "mysql")
# One row a statement, so that rows are counted as they pass; one transaction, so that they are of one moment.
DUMP_OPTIONS = (
    *("--single-transaction", "--quick", "--skip-lock-tables", "--skip-add-locks", "--no-tablespaces"),
    *("--skip-extended-insert", "--hex-blob", "--skip-comments", "--default-character-set=utf8mb4"),
)
# A word to its own client that no other understands.
SANDBOX = b"/*M!999999"
INSERT = re.compile(rb"INSERT INTO `([^`]+)`")
ROWS_A_COMMIT = 1000


def dump(folder: Path) -> tuple[Path, dict[str, int]]:
    packed, rows = folder / FILE, Counter[str]()
    with _options_file(folder) as options:
        command = [_program(DUMPERS), options, *DUMP_OPTIONS, str(connection.settings_dict["NAME"])]
        with _running(command, folder, stdout=subprocess.PIPE) as process, gzip.open(packed, "wb", 3) as target:
            for line in _pipe(process.stdout):
                if line.startswith(SANDBOX):
                    continue
                target.write(line)
                if inserted := INSERT.match(line):
                    rows[inserted[1].decode()] += 1
                elif line.startswith(b"CREATE TABLE `"):
                    rows[line.split(b"`")[1].decode()] += 0
    return packed, dict(sorted(rows.items()))


def load(packed: Path, folder: Path) -> dict[str, int]:
    """Drop every table, then run what was dumped. Cut short, it has to be run again: no engine of this family takes
    a change of tables back."""
    _drop_all()
    connection.close()
    with _options_file(folder) as options:
        command = [_program(CLIENTS), options, "--default-character-set=utf8mb4", str(connection.settings_dict["NAME"])]
        with _running(command, folder, stdin=subprocess.PIPE) as process:
            sink = _pipe(process.stdin)
            try:
                _feed(packed, sink)
                sink.close()
            except BrokenPipeError:
                pass  # It ended before its time: what it said is told.
    return counts()


def counts() -> dict[str, int]:
    rows = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608
            rows[table] = int(cursor.fetchone()[0])
    return rows


def _feed(packed: Path, sink: IO[bytes]) -> None:
    sink.write(b"SET autocommit=0;\n")
    inserted = 0
    with gzip.open(packed) as source:
        for line in source:
            sink.write(line)
            if line.startswith(b"INSERT INTO `"):
                inserted += 1
                if inserted % ROWS_A_COMMIT == 0:
                    sink.write(b"COMMIT;\n")
    sink.write(b"COMMIT;\n")


def _drop_all() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET FOREIGN_KEY_CHECKS=0")
        try:
            for table in connection.introspection.table_names(cursor):
                cursor.execute(f"DROP TABLE {connection.ops.quote_name(table)}")
        finally:
            cursor.execute("SET FOREIGN_KEY_CHECKS=1")


@contextmanager
def _options_file(folder: Path) -> Iterator[str]:
    """How to sign in, in a file that only we read, as an argument."""
    settings = connection.settings_dict
    said = {
        "host": settings["HOST"],
        "port": settings["PORT"],
        "user": settings["USER"],
        "password": settings["PASSWORD"],
    }
    said["ssl-ca"] = settings.get("OPTIONS", {}).get("ssl", {}).get("ca", "")
    lines = [f"{name}={_quoted(str(value))}" for name, value in said.items() if value]
    path = folder / "client.cnf"
    path.touch(mode=0o600)
    path.write_text("\n".join(["[client]", *lines, ""]), encoding="utf-8")
    try:
        yield f"--defaults-extra-file={path}"
    finally:
        path.unlink()


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@contextmanager
def _running(command: list[str], folder: Path, **pipes: int) -> Iterator[subprocess.Popen[bytes]]:
    errors = folder / "errors.txt"
    with errors.open("wb") as stderr:
        process = subprocess.Popen(command, stderr=stderr, **pipes)  # type: ignore[call-overload]  # noqa: S603
        try:
            yield process
        except BaseException:
            process.kill()
            raise
        finally:
            process.wait()
    said = scrubbed(errors.read_text(errors="replace").strip())[-500:]
    errors.unlink()
    if process.returncode:
        raise BackupError(f"{Path(command[0]).name} failed: {said}")


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # noqa: S101 - asked for by every caller
    return pipe


def _program(names: tuple[str, ...]) -> str:
    for name in names:
        if found := shutil.which(name):
            return found
    raise BackupError(
        f"Neither {' nor '.join(names)} is installed here, which a backup of this database needs. Install the client "
        "package of MariaDB or MySQL (Debian: mariadb-client)."
    )

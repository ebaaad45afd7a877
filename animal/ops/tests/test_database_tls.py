"""TIDB_SSL_CA: rows travel encrypted, and to the right server only. Needs mariadb-server."""

from __future__ import annotations

import datetime
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from animal.ops import stack
from animal.ops.tests.processes import PYTHON, House

pytestmark = pytest.mark.stack
CIPHER = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SHOW STATUS LIKE 'Ssl_cipher'")
    print("cipher:", cursor.fetchone()[1])
"""


def certificate(folder: Path, name: str) -> Path:
    """A new one for this host, signed by itself: its own CA. The key lies beside it."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    path, form = folder / f"{name}.pem", serialization.PrivateFormat.PKCS8
    path.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    unprotected = serialization.NoEncryption()
    (folder / f"{name}.key").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, unprotected))
    return path


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("tls"), "server")


@pytest.fixture(scope="module")
def port(ca: Path) -> Iterator[int]:
    """A server that speaks TLS, and speaks plainly with whoever asks for no more."""
    servers: list[subprocess.Popen[bytes]] = []
    folder, port = ca.parent, stack.free_port()
    common = stack.mariadb_data(folder)
    tls = [f"--ssl-cert={ca}", f"--ssl-key={ca.with_suffix('.key')}"]
    place = [f"--socket={folder / 'socket'}", f"--port={port}", "--bind-address=127.0.0.1", *tls]
    try:
        stack.start([stack.program("mariadbd"), *common, *place], folder / "log", servers)
        client = [stack.program("mariadb-admin"), "--no-defaults", "-uroot", "-h127.0.0.1", f"-P{port}", "--silent"]
        stack.wait_for("MariaDB", servers[0], folder / "log", lambda: stack.succeeds([*client, "ping"]))
        subprocess.run([*client, "create", "pawgle"], check=True)
        yield port
    finally:
        for server in servers:
            server.terminate()
            server.wait()


def house(folder: Path, port: int, **settings: str) -> House:
    return House(folder, TIDB_HOST="127.0.0.1", TIDB_PORT=str(port), TIDB_USERNAME="root", **settings)


def test_with_the_servers_ca_rows_travel_encrypted(tmp_path: Path, port: int, ca: Path) -> None:
    said = house(tmp_path, port, TIDB_SSL_CA=str(ca)).python(CIPHER)
    assert "cipher: TLS_" in said


def test_without_one_they_do_not(tmp_path: Path, port: int) -> None:
    assert house(tmp_path, port).python(CIPHER).strip().endswith("cipher:")


def test_a_server_with_a_certificate_of_somebody_else_is_refused(tmp_path: Path, port: int) -> None:
    other = certificate(tmp_path, "other")
    done = house(tmp_path, port, TIDB_SSL_CA=str(other)).run(PYTHON, "manage.py", "wait_for_db", "--timeout", "2")
    assert done.returncode == 1
    assert "did not answer within 2" in done.stderr


def test_a_ca_that_cannot_be_read_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    done = House(tmp_path, TIDB_SSL_CA="/nowhere/ca.pem").run(PYTHON, "manage.py", "check")
    assert done.returncode == 1
    assert "TIDB_SSL_CA must be the path of a file that can be read, but it is '/nowhere/ca.pem'." in done.stderr

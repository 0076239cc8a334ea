"""The shipped configurations of proxies, started before a real server: only ports and paths are put in their place."""

from __future__ import annotations

import os
import re
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from indelible.infra import clock
from tests import machine
from tests.architecture.source import ROOT

DEPLOY = ROOT / "deploy"
NAME = "quality.example"
SECONDS = 20


@dataclass(frozen=True)
class Proxy:
    """A proxy that runs: where it listens, whose certificate it shows, what it wrote."""

    kind: str
    https: int
    http: int
    authority: Path
    place: Path

    def context(self) -> ssl.SSLContext:
        """Trust its certificate and nothing else."""
        return ssl.create_default_context(cafile=str(self.authority))

    def ask(self, path: str, *, method: str = "GET", body: Any = None, host: str = NAME, **headers: str) -> Answer:
        """Ask over TLS, as a caller who knows the server by its name."""
        link = Named(self.https, self.context())
        try:
            given = {"Host": host} | {name.replace("_", "-"): value for name, value in headers.items()}
            link.request(method, path, body=body, headers=given)
            return Answer.of(link.getresponse())
        finally:
            link.close()


class Named(HTTPSConnection):
    """A connection to this machine that asks for the name on the certificate."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        super().__init__("127.0.0.1", port, context=context, timeout=120)
        self.trusted = context

    def connect(self) -> None:
        """Shake hands under the name."""
        raw = socket.create_connection(("127.0.0.1", self.port), self.timeout)
        self.sock = self.trusted.wrap_socket(raw, server_hostname=NAME)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    text: str
    headers: dict[str, str]
    cookies: list[str] = field(default_factory=list)

    @staticmethod
    def of(given: HTTPResponse) -> Answer:
        """Read it whole."""
        text = given.read().decode("utf-8", "replace")
        return Answer(given.status, text, {k.lower(): v for k, v in given.getheaders()}, given.msg.get_all("Set-Cookie", []))


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def certificate(place: Path) -> tuple[Path, Path]:
    """Make a certificate for the name, signed by itself; gives the files of certificate and key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = clock.real()
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1)).add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256())
    )  # fmt: skip
    pem, secret = place / "cert.pem", place / "key.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ))  # fmt: skip
    return pem, secret


@contextmanager
def running(kind: str, place: Path, upstream: int) -> Iterator[Proxy]:
    """Run the shipped configuration of `nginx` or `caddy` before a server on `upstream`."""
    place.mkdir(parents=True, exist_ok=True)
    pem, key = certificate(place)
    proxy = Proxy(kind, free_port(), free_port(), pem, place)
    command = (_nginx if kind == "nginx" else _caddy)(proxy, key, upstream)
    with (place / "proxy.log").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env={**os.environ, "HOME": str(place), "XDG_DATA_HOME": str(place)}
        )
        try:
            _wait(process, proxy)
            yield proxy
        finally:
            process.terminate()
            process.wait(SECONDS)


def _program(name: str) -> str:
    found = machine.program(name)
    assert found is not None
    return found


def _put(text: str, pairs: dict[str, str]) -> str:
    """Put values of the test in place of the shipped ones, each of which must be there."""
    for old, new in pairs.items():
        assert re.search(old, text, re.MULTILINE), f"{old} is not in the shipped file"
        text = re.sub(old, new, text, flags=re.MULTILINE)
    return text


def _nginx(proxy: Proxy, key: Path, upstream: int) -> list[str]:
    shipped = _put((DEPLOY / "nginx.conf").read_text("utf-8"), {
        r"listen 80;": f"listen 127.0.0.1:{proxy.http};", r"listen 443 ": f"listen 127.0.0.1:{proxy.https} ",
        r"^ *listen \[::\]:.*\n": "", r"/etc/ssl/quality\.example\.pem": str(proxy.authority),
        r"/etc/ssl/private/quality\.example\.key": str(key), r"127\.0\.0\.1:8000": f"127.0.0.1:{upstream}",
    })  # fmt: skip
    (proxy.place / "shipped.conf").write_text(shipped)
    spool = "".join(
        f"  {name}_temp_path {proxy.place / name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = proxy.place / "nginx.conf"
    main.write_text(
        f"daemon off;\nworker_processes 1;\npid {proxy.place / 'nginx.pid'};\nerror_log {proxy.place / 'error.log'};\n"
        f"events {{}}\nhttp {{\n  access_log {proxy.place / 'access.log'};\n{spool}  include {proxy.place / 'shipped.conf'};\n}}\n"
    )
    # The workers of a server that root started are nobody's; they write what is too large for memory here.
    proxy.place.chmod(0o755)
    return [_program("nginx"), "-c", str(main), "-g", "user root;" if os.geteuid() == 0 else ""]


def _caddy(proxy: Proxy, key: Path, upstream: int) -> list[str]:
    shipped = _put((DEPLOY / "Caddyfile").read_text("utf-8"), {
        r"^quality\.example \{": f"https://{NAME}:{proxy.https} {{\n\ttls {proxy.authority} {key}",
        r"127\.0\.0\.1:8000": f"127.0.0.1:{upstream}",
    })  # fmt: skip
    file = proxy.place / "Caddyfile"
    # The shipped file begins with its own options; those of the test stand in the same block.
    options = f"\tadmin off\n\thttp_port {proxy.http}\n\thttps_port {proxy.https}\n\tstorage file_system {proxy.place}\n"
    file.write_text(_put(shipped, {r"^\{\n": f"{{\n{options}"}))
    return [_program("caddy"), "run", "--config", str(file), "--adapter", "caddyfile"]


def _wait(process: subprocess.Popen[bytes], proxy: Proxy) -> None:
    for _ in range(SECONDS * 10):
        assert process.poll() is None, (proxy.place / "proxy.log").read_text("utf-8", "replace")[-2000:]
        try:
            with socket.create_connection(("127.0.0.1", proxy.https), 1):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{proxy.kind} does not answer")

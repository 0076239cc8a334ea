"""A provider of the test's own that signs whatever it is told to: what no real one would say must open and sign nothing."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

from indelible.infra import clock
from tests.provider.people import CLIENT

KEY, OTHER = RSAKey.generate_key(2048, {"kid": "one"}), RSAKey.generate_key(2048, {"kid": "one"})


@dataclass
class Liar:
    """What the provider says next: claims over the honest ones, a key to sign with, or a raw answer instead of a token."""

    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    key: Any = field(default_factory=lambda: KEY)
    algorithm: str = "RS256"
    raw: bytes | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    forms: list[str] = field(default_factory=list)

    def token(self) -> bytes:
        """Give the answer of the token endpoint."""
        if self.raw is not None:
            return self.raw
        now = int(clock.real().timestamp())
        honest = {
            "iss": self.issuer,
            "sub": "ann-there",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "auth_time": clock.real().timestamp(),
        }
        claims = {name: value for name, value in {**honest, **self.claims}.items() if name not in self.left_out}
        registry = JWSRegistry(algorithms=["RS256", "HS256"])
        header = {"alg": self.algorithm, "kid": "one"}
        made = (
            unsigned(header, claims) if self.algorithm == "none" else jwt.encode(header, claims, self.key, registry=registry)
        )
        return json.dumps({"access_token": "opaque", "token_type": "Bearer", "expires_in": 300, "id_token": made}).encode()

    def about_itself(self) -> bytes:
        """Give what it says of itself."""
        told = {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize", "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks", "id_token_signing_alg_values_supported": ["none", "HS256", "RS256"],
        }  # fmt: skip
        return json.dumps(told | self.metadata).encode()


def unsigned(*parts: dict[str, Any]) -> str:
    """Give a token that nobody has signed."""
    return ".".join([*(base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in parts), ""])


@contextmanager
def lying() -> Iterator[Liar]:
    """Run it on a free port of this machine."""
    liar = Liar()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told = {"/.well-known/openid-configuration": liar.about_itself(),
                    "/jwks": json.dumps({"keys": [KEY.as_dict(private=False)]}).encode()}  # fmt: skip
            self._send(told.get(self.path, b"{}"))

        def do_POST(self) -> None:
            liar.forms.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self._send(liar.token())

        def _send(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_what: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    liar.issuer = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield liar
    finally:
        server.shutdown()
        server.server_close()

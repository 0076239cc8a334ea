"""Calls the API as a program does: with a token of a person's own, over Django's test client, through every middleware."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from indelible.practice import accounts
from tests.homes import TestHome

V1 = "/api/v1"
_numbers = itertools.count(1)


@dataclass
class Caller:
    """One program; `headers` go with every call."""

    headers: dict[str, str] = field(default_factory=dict)
    client: Client = field(default_factory=Client)

    def get(self, path: str, **headers: str) -> Any:
        return self._send("GET", path, None, headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self._send("POST", path, {} if body is None else body, headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self._send("PATCH", path, body, headers)

    def create(self, kind: str, /, **fields: Any) -> Any:
        return self.post(f"/records/{kind}", {"fields": fields}, Idempotency_Key=fresh())

    def act(self, path: str, verb: str, **body: Any) -> Any:
        """Look at the record, then act on it."""
        seen = self.get(path)["ETag"]
        return self.post(f"{path}/acts/{verb}", body, If_Match=seen, Idempotency_Key=fresh())

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        given = {name.replace("_", "-"): value for name, value in {**self.headers, **headers}.items()}
        data = body if isinstance(body, (bytes, str)) else json.dumps(body) if body is not None else ""
        kind = given.pop("Content-Type", "application/json")
        return self.client.generic(method, f"{V1}{path}" if path.startswith("/") else path, data, kind, headers=given)


def token(home: TestHome, user: str, *scopes: str) -> str:
    """Issue a token of a person's own; gives its secret."""
    _, secret = accounts.issue_token(
        home.people[user], label=f"Test {next(_numbers)}", scopes=list(scopes or ("*",)), days=1
    )
    return secret


def caller(home: TestHome, user: str, *scopes: str) -> Caller:
    """Give a program that calls with a person's token."""
    return Caller({"Authorization": f"Bearer {token(home, user, *scopes)}"})


def stranger() -> Caller:
    """Give a program without credentials."""
    return Caller()


def fresh() -> str:
    """Give an idempotency key that was never used."""
    return f"key-{next(_numbers)}"

"""Makes backups and homes from them as an operator does, and tells everything that the API says of a home."""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connection, connections

from indelible.infra.home import Home, fresh_settings
from indelible.kernel import config
from tests import homes, machine
from tests.faces.calling import Caller, stranger
from tests.faces.terminal import Terminal
from tests.homes import TestHome

Dump = dict[str, Any]


def on_disk(home: TestHome) -> Terminal:
    """Make the folder of a home under test one that commands can open, and give a shell for it."""
    Home(home.path).write(fresh_settings(homes.url_of(str(connection.settings_dict["NAME"])), "demo"))
    return Terminal(home.path)


@contextmanager
def empty_database() -> Iterator[str]:
    """Give the owner's address of an empty database; nothing where the engine of this run is embedded."""
    if machine.engine() == "sqlite":
        yield ""
        return
    name = f"indelible_restored_{os.getpid()}_{uuid.uuid4().hex[:6]}"
    with psycopg.connect(machine.postgres_address(), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"'.encode())
    try:
        yield homes.url_of(name)
    finally:
        with psycopg.connect(machine.postgres_address(), autocommit=True) as admin:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
            admin.execute(f'DROP ROLE IF EXISTS "{name}_app"'.encode())


@contextmanager
def looking_into(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let this process look into a restored home for a while."""
    before = str(connection.settings_dict["NAME"])
    address = Home(path).read().database
    with monkeypatch.context() as patched:
        patched.setattr(settings, "HOME", Home(path))
        homes.point_at(str(path / "indelible.sqlite3") if address == "sqlite" else urlsplit(address).path.strip("/"))
        try:
            yield
        finally:
            connections.close_all()
            homes.point_at(before)


def everything(token: str) -> Dump:
    """Give all that the API says to the holder of a token: every record with its history and signatures, and the log."""
    asking = stranger()
    asking.headers["Authorization"] = f"Bearer {token}"
    told: Dump = {"events": list(_pages(asking, "/events", "events"))}
    for kind in config.current().types:
        for shown in _pages(asking, f"/records/{kind}", "records"):
            path = f"/records/{kind}/{shown['number']}"
            for part in ("", "/history", "/signatures"):
                told[path + part] = _asked(asking, path + part)
    return told


def _pages(asking: Caller, path: str, name: str) -> Iterator[dict[str, Any]]:
    cursor = ""
    while True:
        page = _asked(asking, f"{path}?cursor={cursor}" if cursor else path)
        yield from page[name]
        if not page.get("more", bool(page["next"])):
            return
        cursor = str(page["next"])


def _asked(asking: Caller, path: str) -> Any:
    """Give an answer; who asks more than one caller may waits as long as it is told to, as any program does."""
    answer = asking.get(path)
    while answer.status_code == 429:
        time.sleep(float(answer["Retry-After"]))
        answer = asking.get(path)
    assert answer.status_code == 200, answer.content
    return answer.json()


def row_counts() -> dict[str, int]:
    """Count the rows of every table of the present database."""
    with connection.cursor() as cursor:
        found = {}
        for name in connection.introspection.table_names():
            cursor.execute(f'SELECT count(*) FROM "{name}"')
            found[name] = int(cursor.fetchone()[0])
    return found


def spoken(answer: Any) -> Any:
    """Give the JSON of a command that was to end well."""
    assert answer.code == 0, answer.err
    return json.loads(answer.out)

"""The only place that says where a copy is and how it is reached: what the runner tells, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SQLITE = "sqlite"


@dataclass(frozen=True, slots=True)
class Copy:
    """A disposable copy that is being served; everybody of its cast has the same password."""

    address: str = ""  # http://127.0.0.1:8741
    home: str = ""  # its folder
    password: str = ""
    engine: str = SQLITE  # sqlite or postgresql
    database: str = ""  # the file, or postgresql://… as the product's own login
    owner: str = ""  # postgresql://… as the owner of the tables, whom the guards must refuse as well; "" on SQLite
    configuration: str = ""  # the folder that the copy runs; "" for the one in its home
    command: tuple[str, ...] = ()  # what runs the product's command line; what names the home comes last
    environment: Mapping[str, str] = field(default_factory=dict)  # what the command line is given beside the runner's own
    mail: str = ""  # the file in which the runner's mail server keeps what the copy sends; "" where there is none
    chromium: str = ""  # the path of a browser; "" where there is none
    people: tuple[dict[str, str], ...] = ()  # the cast: user_id, role, name, number, department
    restart: str = (
        ""  # a file: whoever serves the copy begins it anew when it appears, and takes the file away when it is up
    )

    @property
    def types(self) -> Path:
        """Give the folder of the configuration that the copy runs."""
        return Path(self.configuration) if self.configuration else Path(self.home) / "configuration"

    @property
    def file(self) -> str:
        """Give the file of an embedded database."""
        return self.database if self.database not in ("", SQLITE) else str(Path(self.home) / "indelible.sqlite3")


def of(said: Mapping[str, Any]) -> Copy:
    """Take what the runner says; names that are not known here are left out, so that it may say more."""
    known = {name: value for name, value in said.items() if name in Copy.__dataclass_fields__ and name != "database"}
    database = said.get("database") or {}
    if isinstance(database, str):
        database = {"engine": SQLITE if database == SQLITE else "postgresql", "address": database}
    known |= {"engine": _engine(str(database.get("engine") or SQLITE)), "database": str(database.get("address") or "")}
    known |= {"owner": str(database["owner"])} if database.get("owner") else {}
    known |= {name: tuple(known[name]) for name in ("command", "people") if name in known}
    return Copy(**known)


def _engine(name: str) -> str:
    return SQLITE if name.startswith(SQLITE) else "postgresql"

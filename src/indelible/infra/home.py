"""The only place that knows the layout of a home: one folder with database (or its address), files, keys, configuration."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from indelible.infra import ids

VARIABLE = "INDELIBLE_HOME"
DEFAULT = "indelible-home"
ENVIRONMENTS = ("production", "validation", "demo")


class NoHome(Exception):
    """The folder is not a home (yet): `indelible init` makes one."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What must be known before the database can be opened."""

    database: str
    secret: str
    environment: str


@dataclass(frozen=True, slots=True)
class Home:
    """One installation on disk."""

    path: Path

    @property
    def settings_file(self) -> Path:
        """Give the file with the database address and the session secret; readable by its owner only."""
        return self.path / "home.json"

    @property
    def database_file(self) -> Path:
        """Give where the embedded database lies."""
        return self.path / "indelible.sqlite3"

    @property
    def files(self) -> Path:
        """Give the folder of the content-addressed store."""
        return self.path / "files"

    @property
    def configuration(self) -> Path:
        """Give the folder that the company owns and edits."""
        return self.path / "configuration"

    @property
    def continuity(self) -> Path:
        """Give the folder of the continuity sets."""
        return self.path / "continuity"

    def exists(self) -> bool:
        """Say whether `init` has been here."""
        return self.settings_file.is_file()

    def read(self) -> Settings:
        """Read the settings; raises NoHome when there are none or they cannot be read."""
        try:
            return Settings(**json.loads(self.settings_file.read_text("utf-8")))
        except FileNotFoundError:
            raise NoHome(f"{self.path} is not an Indelible home: run `indelible --home {self.path} init`") from None
        except (ValueError, TypeError) as problem:
            raise NoHome(f"{self.settings_file} cannot be read: {problem}") from problem

    def write(self, settings: Settings) -> None:
        """Write the settings of a new home, readable by its owner only."""
        self.path.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.settings_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump(asdict(settings), out, indent=2)


def from_environment() -> Home:
    """Give the home that the command line or the variable names."""
    return Home(Path(os.environ.get(VARIABLE, DEFAULT)).absolute())


def fresh_settings(database: str, environment: str) -> Settings:
    """Give settings for a new home with a new session secret."""
    return Settings(database=database, secret=ids.secret(48), environment=environment)

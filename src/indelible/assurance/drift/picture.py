"""The only place that takes the picture of an installation: what it is, beside its configuration, as keys with plain values.

The same picture is taken when a state is approved and whenever it is compared. Secrets stand in it by a keyed fingerprint.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from django.conf import settings

from indelible.assurance.drift import areas, stored
from indelible.infra import build, running
from indelible.infra import environment as settings_given
from indelible.kernel.errors import Unavailable

Picture = dict[str, str]
BETWEEN, OF_ENVIRONMENT = " = ", "environment."
SHORT = 32  # hexadecimal digits of a file's SHA-256 that a picture keeps
LETTERS = "practice/letters/"  # the package's templates of mail
MODULE = "DJANGO_SETTINGS_MODULE"
CLOCK_SOURCE = Path("/sys/devices/system/clocksource/clocksource0/current_clocksource")


def take() -> Picture:
    """Take the picture of what runs now; raises Django's DatabaseError where the database does not answer, OSError for files."""
    return _sound({**environment(), **_package(), **_dependencies(), **stored.take(), **_time()})


def text(picture: Picture) -> str:
    """Write a picture as lines in the order of its keys, the same for the same state."""
    return "\n".join(f"{key}{BETWEEN}{json.dumps(picture[key], ensure_ascii=False)}" for key in sorted(picture))


def read(written: str) -> Picture:
    """Read what `text` wrote; raises Unavailable for what is none."""
    try:
        pairs = (line.split(BETWEEN, 1) for line in written.splitlines())
        return {key: str(json.loads(value)) for key, value in pairs}
    except ValueError as problem:
        raise Unavailable(f"an approved state cannot be read: {problem}") from None


def own_environment() -> dict[str, str]:
    """Give this process's own settings as they are kept and compared."""
    return settings_given.told(settings.SECRET_KEY.encode()) | {MODULE: os.environ.get(MODULE, "")}


def environment() -> Picture:
    """Give the settings that count for a picture, by key."""
    return _sound({f"{OF_ENVIRONMENT}{name}": value for name, value in served_environment().items() if value})


def served_environment() -> dict[str, str]:
    """Give the settings that count: those of the server that runs or ran last, unless this process was given others.

    Who asks from a terminal has not the server's environment: what is not set there says nothing where a server wrote its own down.
    """
    own, served = own_environment(), running.environment(settings.HOME.path)
    if served is None:
        return own
    given = {name: value for name, value in own.items() if os.environ.get(name)}
    return {name: given.get(name, served.get(name, own[name])) for name in own}


def _package() -> Picture:
    files = build.manifest()
    return {_of_package(name): sha256[:SHORT] for name, sha256 in files.items()}


def _of_package(name: str) -> str:
    return f"mail.{name}" if name.startswith(LETTERS) else f"package.{name}"


def _dependencies() -> Picture:
    return {f"dependency.{name}": told for name, told in build.dependencies().items()}


def _time() -> Picture:
    source = CLOCK_SOURCE.read_text("utf-8").strip() if CLOCK_SOURCE.is_file() else "unknown"
    return {"time.zone": "/".join(time.tzname), "time.clock_source": source}


def _sound(picture: Picture) -> Picture:
    return {key: value for key, value in picture.items() if areas.is_gxp(key)}

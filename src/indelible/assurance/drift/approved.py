"""The only place that seals an approved state through the door, and reads the newest one back from what is sealed.

It is read from the sealed version and its hash is checked, never from a row that somebody could have changed beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from indelible.assurance.drift import folder, picture
from indelible.assurance.drift.picture import Picture
from indelible.infra import build, canonical
from indelible.kernel import acts, config, records
from indelible.kernel.context import SYSTEM
from indelible.kernel.models import Event, Record, Version

TYPE = "approved_state"
FOLDER = "folder.applied"  # beside the picture: which bytes of the configuration folder say what which baseline says


@dataclass(frozen=True, slots=True)
class Approved:
    """The newest approved state: its number, when and why it was sealed, its picture; `fault` says why it cannot be trusted."""

    number: str
    at: datetime
    why: str
    picture: Picture
    folder: str = ""
    fault: str = ""


def seal(why: str, taken: Picture | None = None, *, applied: bool = False) -> str | None:
    """Seal what runs now, or a picture that was taken, as the approved state; None where the configuration knows none.

    The first one of a home, and one that is `applied`, takes the configuration folder as the one that was just applied. The same picture is not sealed twice
    in a row: then nothing is written and its number is given.
    """
    if TYPE not in config.current().types:
        return None
    known, taken = newest(), dict(taken if taken is not None else picture.take())
    taken[FOLDER] = folder.applied() if known is None or applied else known.folder
    written = picture.text(taken)
    if known is not None and not known.fault and picture.text(known.picture | {FOLDER: known.folder}) == written:
        return known.number
    sha256 = canonical.sha256(written).hex()
    fields = {
        "title": f"State {sha256[:12]}",
        "build": build.identity().name,
        "why": why,
        "sha256": sha256,
        "picture": written,
    }
    return acts.run(SYSTEM, f"{TYPE}.create", fields=fields, reason=why).number


def newest() -> Approved | None:
    """Give the newest approved state, checked; None where none was ever sealed."""
    record = Record.objects.filter(type=TYPE).order_by("-created_at", "-number").first()
    if record is None:
        return None
    declaration = records.type_of(record)
    event = Event.objects.filter(record_id=record.pk, position=1).first()
    version = Version.objects.filter(record_id=record.pk, number=1).first()
    fault = _fault(event, version)
    fields = records.named(declaration, canonical.decode(version.content)["fields"]) if version and not fault else {}
    told = picture.read(fields["picture"]) if fields else {}
    return Approved(record.number, record.created_at, str(fields.get("why", "")), told, told.pop(FOLDER, ""), fault)


def _fault(event: Any, version: Any) -> str:
    """Say why a sealed state is not what was sealed: its text against its hash, the hash against the event that names it."""
    if event is None or version is None:
        return "its event or its version is missing"
    if canonical.sha256(version.content) != bytes(version.sha256):
        return "its text is not the one that was sealed"
    if canonical.leaf(event.payload) != bytes(event.leaf):
        return "its event is not the one that was sealed"
    if canonical.decode(event.payload)["version"]["sha256"] != bytes(version.sha256).hex():
        return "its event names another version"
    return ""

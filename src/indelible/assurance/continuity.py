"""The only place that writes the continuity set: what is in force, on paper's terms, for the hours without the system.

A set is one dated, read-only folder: a printed copy of each document in force (blank forms among them), the files that it
carries, a page that lists them, and their SHA-256. Nobody can act in it; what is done on paper meanwhile is entered
afterwards as a late entry (Annex 11-16, 11.10(b)).
"""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

from indelible.assurance.rendition import building
from indelible.infra import clock
from indelible.infra.storage import Store
from indelible.kernel import config, records
from indelible.kernel.context import SYSTEM
from indelible.kernel.models import Record
from indelible.practice import queries

KEPT = 7  # sets; older ones go when a new one is there
NIGHT = range(2, 6)  # o'clock at the company
SUMS, PAGE = "SHA256SUMS", "index.html"
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
STYLE = "body{font:16px/1.5 sans-serif;margin:2rem;max-width:70rem}table{border-collapse:collapse}td,th{border:1px solid;padding:.3rem .6rem;text-align:left}"


@dataclass(frozen=True, slots=True)
class Made:
    """One set: where it lies, of which day, how many documents and files it holds."""

    path: str
    day: str
    documents: int
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class _Part:
    record: Record
    names: list[str]


def make(progress: Callable[[str], None] = lambda _: None) -> Made:
    """Write the set of today, in place of an earlier one of today; raises OSError where it cannot be written.

    The set appears whole or not at all, is readable by the installation's account alone, and is not changed afterwards.
    """
    day, folder = _today().isoformat(), settings.HOME.continuity
    making = folder / f".making-{day}"
    _remove(making)
    making.mkdir(parents=True, mode=0o700)
    parts = list(_parts(making, day, progress))
    (making / PAGE).write_text(_page(day, parts), "utf-8")
    names = sorted(path.relative_to(making) for path in making.rglob("*") if path.is_file())
    sums = "".join(f"{sha256((making / name).read_bytes()).hexdigest()}  {name}\n" for name in names)
    (making / SUMS).write_text(sums, "utf-8")
    size = sum((making / name).stat().st_size for name in names)
    _seal(making)
    _remove(folder / day)
    making.rename(folder / day)
    for old in list_days()[:-KEPT]:
        _remove(folder / old)
    return Made(str(folder / day), day, len(parts), sum(len(part.names) - 1 for part in parts), size)


def list_days() -> list[str]:
    """List the days of which there is a set, oldest first."""
    folder = settings.HOME.continuity
    return sorted(path.name for path in folder.iterdir() if DAY.fullmatch(path.name)) if folder.is_dir() else []


def is_wanted() -> bool:
    """Say whether it is night at the company and the set of this night is still to be made."""
    hour = clock.real().astimezone(ZoneInfo(config.current().company.zone)).hour
    return hour in NIGHT and _today().isoformat() not in list_days()


def age() -> timedelta | None:
    """Give how old the newest set is, in whole days; None where there is none."""
    days = list_days()
    return _today() - date.fromisoformat(days[-1]) if days else None


def _today() -> date:
    return clock.real().astimezone(ZoneInfo(config.current().company.zone)).date()


def _parts(making: Path, day: str, progress: Callable[[str], None]) -> Iterator[_Part]:
    view, store = queries.viewer(SYSTEM), Store(settings.HOME.files)
    kinds = [kind for kind, declared in config.current().types.items() if declared.revisions]
    for record in Record.objects.filter(type__in=kinds, standing="in_force").order_by("type", "series", "number"):
        progress(record.number)
        names = [f"{record.number}.pdf"]
        said = f"Continuity set of {day}, for use while the system is not available. Valid until the system is back."
        (making / names[0]).write_bytes(building.pdf(view, record, issued=said))
        for field in (f for f in records.type_of(record).live_fields() if f.kind == "files"):
            for item in record.content.get(str(field.id)) or []:
                names.append(f"{record.number} {item['name']}")
                with (making / names[-1]).open("wb") as out:
                    out.writelines(store.read(item["sha256"]))
        yield _Part(record, names)


def _page(day: str, parts: list[_Part]) -> str:
    rows = "".join(
        f"<tr><td>{html.escape(part.record.number)}</td><td>{html.escape(part.record.title or '')}</td>"
        f"<td>{_since(part.record)}</td><td>{'<br>'.join(_link(name) for name in part.names)}</td></tr>"
        for part in parts
    )
    company = html.escape(config.current().company.name)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Continuity set of {day}</title><style>{STYLE}</style>'
        f"<h1>{company}: continuity set of {day}</h1>"
        "<p>What was in force when this was written, for use while the system is not available. Write down by hand, with date, "
        "time and name, what you do meanwhile; enter it as soon as the system is back, as a late entry with its reason.</p>"
        f"<table><tr><th>Number<th>Title<th>In force since<th>Files</tr>{rows}</table></html>"
    )


def _since(record: Record) -> str:
    zone = records.configuration_of(record).company.zone
    return record.in_force_from.astimezone(ZoneInfo(zone)).date().isoformat() if record.in_force_from else ""


def _link(name: str) -> str:
    return (
        f'<a href="{html.escape(name.replace("%", "%25").replace("#", "%23").replace("?", "%3F"))}">{html.escape(name)}</a>'
    )


def _seal(folder: Path) -> None:
    for path in folder.iterdir():
        path.chmod(0o400)
    folder.chmod(0o500)


def _remove(folder: Path) -> None:
    if folder.is_dir():
        folder.chmod(0o700)
        shutil.rmtree(folder)

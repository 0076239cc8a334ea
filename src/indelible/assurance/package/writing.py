"""The only place that writes a whole package: documents, index, sums and zip, from the facts and from nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from indelible.assurance.package import (
    asking,
    binder,
    changes,
    configured,
    deviating,
    front,
    index,
    limits,
    paper,
    plan,
    proving,
    refusals,
    scripts,
    summary,
    timeline,
    traced,
)  # fmt: skip
from indelible.assurance.package.changes import Delta
from indelible.assurance.package.facts import Facts
from indelible.assurance.package.pages import Document, encoded, sha256
from indelible.assurance.package.refusals import Reason
from indelible.assurance.qualification.results import LEVELS

CHECKER = Path(__file__).with_name(binder.CHECKER)


@dataclass(frozen=True, slots=True)
class Written:
    """One document as written: its id, its title, the place of its PDF in the binder, that file's SHA-256, its pages."""

    id: str
    title: str
    file: str
    sha256: str
    pages: int


@dataclass(frozen=True, slots=True)
class Package:
    """A package as written: its documents, what speaks against approval, its index, the zip, and the SHA-256 of its sums."""

    documents: tuple[Written, ...]
    reasons: tuple[Reason, ...]
    index: dict[str, Any]
    archive: Path
    sums_sha256: str


def write(facts: Facts, place: Path, say: Callable[[str], None] = lambda _: None) -> Package:
    """Write the package into the folder that holds `runs/` and `evidence/`; the same facts give the same bytes.

    Raises Unsound where evidence is missing or changed, NoLimits where nothing would limit the package, NoPackage for a
    package before that is none, PdfFailed where the typesetter is broken. What speaks against approval does not keep it
    from being written: it is printed on the certificate and stands in the index.
    """
    absent = binder.examine(facts, place)
    if absent:
        told = f"The evidence of these runs does not lie in this binder: {', '.join(absent)}."
        facts = replace(facts, limits=(*facts.limits, told))
    reasons = refusals.unapprovable(facts)
    known = index.of(facts, reasons)
    delta = changes.against(facts.previous, known) if facts.previous is not None else None
    made = _documents(facts, reasons, delta)
    binder.keep_runs(facts, place)
    written = _write_documents(facts, made, place, say)
    known["documents"] = [asdict(one) for one in written]
    known["delta"] = (
        {"previous": delta.previous, "changes": len(delta.changes), "repeat": list(delta.repeat), "by_people": list(delta.by_people)}
        if delta
        else None
    )  # fmt: skip
    _write_rest(facts, known, delta, place)
    archive, sums = binder.close(place, facts.about.number, datetime.fromisoformat(facts.about.made_at))
    say(f"binder: {archive.name}, SHA-256 of its sums {sums}")
    return Package(tuple(written), tuple(reasons), known, archive, sums)


def _documents(facts: Facts, reasons: Sequence[Reason], delta: Delta | None) -> list[Document]:
    return [
        plan.document(facts), asking.specification(facts), asking.assessment(facts), configured.document(facts),
        *(scripts.protocol(facts, level) for level in LEVELS), *(scripts.report(facts, level) for level in LEVELS),
        traced.document(facts), deviating.document(facts), proving.document(facts), timeline.document(facts),
        changes.document(delta), limits.document(facts), summary.report(facts, reasons), summary.certificate(facts, reasons),
    ]  # fmt: skip


def _write_documents(facts: Facts, made: Sequence[Document], place: Path, say: Callable[[str], None]) -> list[Written]:
    folder = place / binder.DOCUMENTS
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    written = []
    for document in made:
        written.append(write_one(facts, document, folder))
        say(f"{written[-1].id}: {document.title}, {written[-1].pages} pages")
    return written


def write_one(facts: Facts, document: Document, folder: Path) -> Written:
    """Write one document as JSON and PDF into a folder; the SHA-256 of the JSON stands on every page. Raises PdfFailed."""
    name = front.identifier(facts, document.code)
    data = document.data(front.matter(document, facts))
    source = encoded(data)
    (folder / f"{name}.json").write_bytes(source)
    data["front"] |= {"content_sha256": sha256(source), "json": f"{name}.json"}
    content = paper.pdf(document, data, source, name=f"{name}.json", at=datetime.fromisoformat(facts.about.made_at))
    (folder / f"{name}.pdf").write_bytes(content)
    return Written(name, document.title, f"{binder.DOCUMENTS}/{name}.pdf", sha256(content), paper.count(content))


def _write_rest(facts: Facts, known: dict[str, Any], delta: Delta | None, place: Path) -> None:
    for name, content in facts.specification.items():
        file = place / binder.DOCUMENTS / configured.FOLDER / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    (place / binder.INDEX).write_bytes(encoded(known))
    (place / binder.DELTA).unlink(missing_ok=True)
    if delta is not None:
        (place / binder.DELTA).write_bytes(encoded(delta.data()))
    (place / binder.READ_ME).write_text(binder.read_me(facts), "utf-8")
    shutil.copyfile(CHECKER, place / binder.CHECKER)

"""The only place that brings the documents of a validation package into document control: as drafts, which people read, review and sign.

Each is the package's own PDF, byte for byte. Nothing here approves, and nothing is written over that somebody else has in work.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from indelible.infra import build, clock
from indelible.kernel import acts, config, records
from indelible.kernel.context import Context
from indelible.kernel.errors import Invalid, Missing, Refused
from indelible.kernel.models import Baseline, Record
from indelible.modules.validation import holding
from indelible.practice import inventory, uploads

INDEX = "package.json"
AUDIENCE = "Whoever owns, validates or inspects this system"
MADE, REVISED, RENEWED, SAME, IN_WORK = "begun", "revised", "brought up to date", "as it stands", "in work by others"
OPEN = ("draft", "in_review", "in_approval")


@dataclass(frozen=True, slots=True)
class Filed:
    """What came of one document: its kind, its number in document control, and in words what was done."""

    kind: str
    number: str
    done: str


@dataclass(frozen=True, slots=True)
class Package:
    """A package as its index tells of it: number, build, baseline, and its PDFs by the code of the document."""

    number: str
    build: str
    baseline: str
    files: Mapping[str, bytes]


def read(folder: Path) -> Package:
    """Read the package in a folder. Raises Invalid where there is none or a document is not as it was written, Refused where the
    package is not about what runs now."""
    try:
        index = json.loads((folder / INDEX).read_text("utf-8"))
        told = {str(one["id"]).rpartition("-")[2]: one for one in index["documents"]}
        found = Package(index["number"], index["build"], str(index["baseline"]), {code: (folder / one["file"]).read_bytes()
                        for code, one in told.items() if code in holding.CODES.values()})  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError) as broken:
        raise _unreadable(folder, f"{type(broken).__name__}: {broken}") from None
    changed = [
        told[code]["file"]
        for code, content in found.files.items()
        if hashlib.sha256(content).hexdigest() != told[code]["sha256"]
    ]
    if changed:
        raise _unreadable(folder, f"not as the package wrote it: {', '.join(changed)}")
    _is_of_what_runs(found)
    return found


def file(ctx: Context, package: Package, *, department: str, reviewers: Sequence[str]) -> Iterator[Filed]:
    """Bring each document in, as a draft of this person, one act after the other; doing it again changes nothing.

    `department` is the one whose head approves them, `reviewers` are user ids. What is approved gets a revision where the package
    holds another text. Raises Refused or Invalid as the door does, and what was done until then stays.
    """
    for kind, code in holding.CODES.items():
        if code in package.files:
            yield _one(ctx, package, kind, code, {"department": department, "reviewers": list(reviewers)})


def _one(ctx: Context, package: Package, kind: str, code: str, given: dict[str, Any]) -> Filed:
    content = package.files[code]
    open_one, standing = _newest(kind, OPEN), _newest(kind, holding.APPROVED)
    for head in (open_one, standing):
        if head is not None and _holds(head, content):
            return Filed(kind, head.number, SAME)
    if open_one is not None and (open_one.state != "draft" or not _is_mine(ctx, open_one)):
        return Filed(kind, open_one.number, IN_WORK)
    kept = uploads.receive(ctx, f"{package.number}-{code}.pdf", [content])
    fields = {
        "file": [kept.sha256],
        "text": None,
        "build": package.build,
        "baseline": package.baseline,
        "effective_on": _today(),
    }
    if open_one is not None:
        acts.run(ctx, f"{holding.DOCUMENT}.edit", open_one.pk, seen=open_one.position, fields=fields)
        return Filed(kind, open_one.number, RENEWED)
    if standing is not None:
        said = {"reason_for_revision": f"The package was issued anew as {package.number}", "revision_class": "full",
                "summary_of_changes": f"Generated from {package.number}, build {package.build}, baseline {package.baseline}"}  # fmt: skip
        made = acts.run(ctx, f"{holding.DOCUMENT}.revise", standing.pk, seen=standing.position, fields=fields | said)
        return Filed(kind, made.number, REVISED)
    title = f"{kind[0].upper()}{kind[1:]} of {inventory.THIS}"
    made = acts.run(ctx, f"{holding.DOCUMENT}.create", fields=fields | given | {
        "title": title, "class": holding.CLASS, "validation_kind": kind, "system": [inventory.THIS], "owner": str(ctx.person_id),
        "audience": AUDIENCE, "training": "none",
    })  # fmt: skip
    return Filed(kind, made.number, MADE)


def _today() -> str:
    # It takes effect as soon as it is approved; who brings it may plan another day before it is sent for review.
    return clock.now().astimezone(ZoneInfo(config.current().company.zone)).date().isoformat()


def _newest(kind: str, states: tuple[str, ...]) -> Record | None:
    return next(iter(holding.documents(inventory.THIS, kind, states=states)), None)


def _holds(head: Record, content: bytes) -> bool:
    sha256 = hashlib.sha256(content).hexdigest()
    return any(one["sha256"] == sha256 for one in records.values(head).get("file") or [])


def _is_mine(ctx: Context, head: Record) -> bool:
    owner = records.values(head).get("owner") or {}
    return str(ctx.person_id) in (str(head.author_id), str(owner.get("person")))


def _is_of_what_runs(package: Package) -> None:
    sealed = Baseline.objects.order_by("-number").values_list("number", flat=True)[0]
    if (package.build, package.baseline) != (build.identity().name, str(sealed)):
        raise Refused(
            rule="package_is_of_what_runs",
            text=f"{package.number} is about build {package.build} and baseline {package.baseline}; build {build.identity().name} "
                 f"and baseline {sealed} run.",
            missing=(Missing("A package of what runs now.", field="package"),),
            do="Qualify again: indelible qualify --output DIR --delta",
        )  # fmt: skip


def _unreadable(folder: Path, why: str) -> Invalid:
    return Invalid(rule="input", text=f"{folder} holds no package that can be read: {why}.",
                   missing=(Missing("A folder that indelible qualify --output has written.", field="package"),))  # fmt: skip

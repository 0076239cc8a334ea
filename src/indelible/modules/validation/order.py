"""The only place that says for people where the validation of a system stands: its gates in their order, its runs, its deviations.

What somebody may not see is not there for them: a plan that is still a draft is, for a reader, a plan that was not begun.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from indelible.kernel import lifecycles, records
from indelible.kernel.errors import NotFound
from indelible.kernel.models import Record
from indelible.modules.validation import coverage, holding
from indelible.modules.validation.coverage import COVERED, Ground
from indelible.modules.validation.running import PASSED
from indelible.practice import inventory, queries
from indelible.practice.queries import Viewer

OPEN = ("open", "analysed", "correcting")
UNCLASSED = "not classified"
MOST_RUNS = 60
SPECIFICATION = "specification"
BEFORE = (holding.PLAN, holding.REQUIREMENTS, holding.RISKS, SPECIFICATION, *holding.PROTOCOLS)
AFTER = (*holding.REPORTS, holding.MATRIX, holding.SUMMARY)
DONE, WAIT, WORK, DRAFT, LATE = "done", "wait", "work", "draft", "late"  # how a gate looks
DO_DOCUMENT = "Write the {kind} as a document of class validation, and have it approved."
DO_LEVEL = "{level}: {state}. Put scripts into its protocol, carry them out, and have each run reviewed."
DO = {
    holding.REQUIREMENTS: "Put the requirements into their document, list its rows, and have it approved.",
    holding.RISKS: "List the risks of the requirements in the risk assessment, and have it approved.",
    "release": "Release the system for its use: system owner and Quality sign.",
}


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate: what it is, how it stands in a word and its look, the record that shows it (empty: none yet), and a remark."""

    name: str
    state: str
    look: str
    number: str = ""
    note: str = ""

    @property
    def open(self) -> bool:
        """Say whether it was passed."""
        return self.look == DONE


@dataclass(frozen=True, slots=True)
class Stated:
    """What a requirement on record says besides its text: process, clauses, priority, depth of testing, rows of risks."""

    process: str
    clauses: str
    priority: str
    depth: str
    risks: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Validated:
    """Build and baseline that the approved summary report is about, and those in use now; the report's number, empty without one."""

    report: str
    build: str
    baseline: str
    now: Ground

    @property
    def current(self) -> bool:
        """Say whether what was validated is what is in use."""
        return (
            bool(self.report)
            and self.build == self.now.build
            and (not self.now.baseline or self.baseline == self.now.baseline)
        )


def systems(view: Viewer) -> list[Record]:
    """List the systems of the inventory, by number."""
    if holding.SYSTEM not in view.configuration.types:
        return []
    return list(Record.objects.filter(queries.visible(view, [holding.SYSTEM])).order_by("number"))


def system(view: Viewer, number: str) -> Record:
    """Give a system of the inventory; raises NotFound for anything else."""
    found = queries.get_record(view, number)
    if found.type != holding.SYSTEM:
        raise NotFound(number)
    return found


def gates(view: Viewer, number: str) -> list[Gate]:
    """Give the gates of a system's validation in their order, the release as the last one."""
    documents = _documents(view, number)
    found = [_of_document(kind, documents.get(kind)) for kind in BEFORE]
    found += _levels(number)
    found += [_of_document(kind, documents.get(kind)) for kind in AFTER]
    return [*found, _release(view, number)]


def next_step(number: str, found: list[Gate]) -> str:
    """Say in a sentence what is to be done next so that a system is validated; empty where every gate was passed."""
    if found[-1].number == "":
        return f"Enter {'this system as ' if number == inventory.THIS else ''}{number} in the inventory of systems."
    gate = next_gate(found)
    if gate is None:
        return ""
    if gate.name in holding.LEVELS:
        return DO_LEVEL.format(level=gate.name, state=gate.state.lower())
    told = DO[gate.name.lower()] if gate.name.lower() in DO else DO_DOCUMENT.format(kind=gate.name)
    return f"{told}{f' {gate.number} is {gate.state.lower()}.' if gate.number else ''}"


def next_gate(found: Iterable[Gate]) -> Gate | None:
    """Give the first gate that was not passed, None where all were."""
    return next((one for one in found if not one.open), None)


def validated(number: str) -> Validated:
    """Give what the newest approved summary report of a system is about, beside what is in use."""
    now = coverage.ground(number)
    report = next(iter(holding.documents(number, holding.SUMMARY)), None)
    values = records.values(report) if report else {}
    return Validated(report.number if report else "", str(values.get("build") or ""), str(values.get("baseline") or ""), now)


def deviations(view: Viewer, number: str) -> tuple[list[Record], Counter[str]]:
    """Give the open test deviations of a system, newest first, and how many there are of each class."""
    found = list(_linked(view, holding.DEVIATION, number).filter(state__in=OPEN).order_by("-number"))
    return found, Counter(str(records.values(one)["class"] or UNCLASSED) for one in found)


def runs(view: Viewer, number: str) -> list[tuple[Record, dict[str, Any]]]:
    """List the newest recorded runs of a system with their values, newest first."""
    found = _linked(view, holding.RUN, number).order_by("-number")[:MOST_RUNS]
    return [(one, records.values(one)) for one in found]


def requirements(view: Viewer, number: str) -> list[tuple[Record, dict[str, Any], str]]:
    """List the requirements of a system that are records, with values and state of coverage (empty: out of scope), by number."""
    states = coverage.of_system(number, coverage.ground(number))
    found = _linked(view, holding.REQUIREMENT, number).order_by("number")
    return [(one, records.values(one), states.get(one.number, "")) for one in found]


def requirement(view: Viewer, number: str) -> Record | None:
    """Give the record of a requirement, None where it is none or may not be seen."""
    found = queries.peek(view, number)
    return found if found is not None and found.type == holding.REQUIREMENT else None


def stated(record: Record) -> Stated:
    """Give what a requirement on record says."""
    values = records.values(record)
    told = {name: str(values[name] or "") for name in ("process", "clauses", "priority", "depth")}
    return Stated(**told, risks=list(values["risks"] or []))


def system_of(record: Record) -> str:
    """Give the number of the system that a requirement, script, run or deviation belongs to."""
    return holding.number_of(records.values(record)["system"])


def scripts(view: Viewer, *, requirement: str = "", system: str = "") -> list[tuple[Record, dict[str, Any]]]:
    """List the scripts that name a requirement, or all of a system, with their values, by number."""
    relation, name = ("requirements", requirement) if requirement else ("system", system)
    found = holding.linking(holding.SCRIPT, relation, name).filter(queries.visible(view, [holding.SCRIPT]))
    return [(one, records.values(one)) for one in found.order_by("number")]


def runs_of(view: Viewer, numbers: Iterable[str]) -> dict[str, list[tuple[Record, dict[str, Any]]]]:
    """Give the recorded runs of scripts, by script, oldest first."""
    wanted = [*numbers]
    rows = holding.linking(holding.RUN, "script", *wanted) if wanted else Record.objects.none()
    found: dict[str, list[tuple[Record, dict[str, Any]]]] = {}
    for one in rows.filter(queries.visible(view, [holding.RUN])).order_by("number"):
        values = records.values(one)
        found.setdefault(holding.number_of(values["script"]), []).append((one, values))
    return found


def label(record: Record) -> str:
    """Give a record's state in words."""
    return lifecycles.label(records.state_of(record), record.state)


def _linked(view: Viewer, kind: str, number: str) -> Any:
    if kind not in view.configuration.types:
        return Record.objects.none()
    return holding.linking(kind, "system", number).filter(queries.visible(view, [kind]))


def _documents(view: Viewer, number: str) -> dict[str, Record]:
    """Give the newest validation document of each kind that this person may see; what is in force goes before what replaces it."""
    found: dict[str, Record] = {}
    for one in _linked(view, holding.DOCUMENT, number).exclude(standing="past").order_by("created_at"):
        kind = holding.kind_of(records.values(one))
        if kind and not (kind in found and found[kind].state in holding.APPROVED and one.state not in holding.APPROVED):
            found[kind] = one
    return found


def _of_document(kind: str, document: Record | None) -> Gate:
    name = kind[:1].upper() + kind[1:]
    if document is None:
        return Gate(name, "Not begun", DRAFT)
    passed = document.state in holding.APPROVED
    look = DONE if passed else DRAFT if records.state_of(document).look == DRAFT else WAIT
    return Gate(name, label(document), look, document.number, document.title)


def _levels(number: str) -> Iterator[Gate]:
    """Give IQ, OQ and PQ: how many approved scripts were passed by an accepted official run on what is in use."""
    on = coverage.ground(number)
    asked = holding.linking(holding.SCRIPT, "system", number).filter(state="approved").values_list("number", flat=True)
    wanted = {level: {one for one in asked if one.startswith(f"{level}-")} for level in holding.LEVELS}
    passed, failed = _outcomes(number, on)
    for level in holding.LEVELS:
        scripts = wanted[level]
        done, broken = len(scripts & passed), len(scripts & failed)
        if not scripts:
            yield Gate(level, "No approved script", DRAFT)
        elif broken:
            yield Gate(level, f"{broken} failed", LATE, note=f"{done} of {len(scripts)} accepted")
        else:
            yield Gate(
                level, f"{done} of {len(scripts)} accepted", DONE if done == len(scripts) else WORK if done else DRAFT
            )


def _outcomes(number: str, on: Ground) -> tuple[set[str], set[str]]:
    passed, failed = set[str](), set[str]()
    rows = holding.linking(holding.RUN, "system", number).filter(state__in=("executed", "accepted")).order_by("number")
    for one in rows:
        values = records.values(one)
        if values["purpose"] != "official" or values["build"] != on.build or on.baseline not in ("", values["baseline"]):
            continue
        script = holding.number_of(values["script"])
        (passed.add if (one.state, values["verdict"]) == ("accepted", PASSED) else passed.discard)(script)
        (failed.discard if values["verdict"] == PASSED else failed.add)(script)
    return passed, failed


def _release(view: Viewer, number: str) -> Gate:
    entry = queries.peek(view, number)
    if entry is None or entry.type != holding.SYSTEM:
        return Gate("Release", "Not in the inventory yet", DRAFT)
    look = records.state_of(entry).look
    released = entry.state == "in_use"
    return Gate(
        "Release",
        label(entry),
        DONE if released else LATE if entry.state == "suspended" else look if look != DONE else DRAFT,
        number,
    )


def covered(found: Iterable[tuple[Record, dict[str, Any], str]]) -> tuple[int, int]:
    """Give how many requirements are covered by official runs, and how many are in scope."""
    states = [state for _, _, state in found if state]
    return states.count(COVERED), len(states)

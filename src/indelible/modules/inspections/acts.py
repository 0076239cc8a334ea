"""What the system writes in an inspection: the list of what is handed over, and each page that was shown; and how far a presentation goes."""

from __future__ import annotations

from typing import Any

from indelible.kernel import contents, decisions, records
from indelible.kernel.case import Case
from indelible.kernel.config import Configuration
from indelible.kernel.decision import Decision
from indelible.kernel.errors import Invalid
from indelible.kernel.hooks import completes, decides
from indelible.kernel.models import Record
from indelible.modules.inspections import listing, rules
from indelible.practice import presenting, rewriting
from indelible.practice.scoping import Scope

GUEST = "guest_inspector"
SHOWN = ("page", "what", "number", "title", "revision", "version", "sha256", "host")


@completes("inspection_request.prepare_answer")
def list_is_written(case: Case, decision: Decision) -> None:
    """Write down each record and file of an answer as it is now, with version and hash, and who prepared it."""
    who = str(case.person.id) if case.person else None
    rewriting.write(case, decision, {"handed_over": listing.rows(case.content), "prepared_by": who})
    before = decision.effects.head.get("marks", case.head.marks)
    decision.effects.head["marks"] = contents.marks(case, decision.changed, decision.content or {}, before)


@decides("note_shown")
def note_shown(case: Case, inputs: dict[str, Any]) -> Decision:
    """Note one page that was shown on the screen: which, of which record in which version, and who showed it."""
    if unknown := set(inputs) - {*SHOWN}:
        raise Invalid(rule="input", text=f"A page that was shown has no {', '.join(sorted(unknown))}.")
    found = decisions.consider(case)
    decision = Decision(found.move.past, case.head.state, found.grant)
    decision.note = {"shown": {name: str(inputs[name]) for name in SHOWN if inputs.get(name) not in (None, "")}}
    return decision


@presenting.presents("inspection", begin="present", note="note_shown", end="end_presentation", role=GUEST)
def what_is_shown(record: Record, configuration: Configuration) -> Scope:
    """Give what a presentation of an inspection shows: the types of its areas but those left out, and records of its period."""
    values = records.values(record)
    areas, out = values["areas"] or [], rules.names(values["left_out"])
    kinds = frozenset(
        name for name, one in configuration.types.items() if (not areas or one.group in areas) and name not in out
    )
    return Scope(record.number, kinds, frozenset(areas) or None, values["records_from"] or "", values["records_until"] or "")

"""The only place that says whose identity was verified, by whom, and when signing is suspended until it is verified again (11.100(b)).

A check is an event of the person, entered by somebody else; it names the kind of document and the way, and neither number nor copy
of the document. A credential that was given anew (a link that set a password, factors removed by somebody else, a recovery code)
suspends signing: whoever gave it could be the one who uses it, so neither they nor the person verify the identity again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from indelible.infra import clock
from indelible.kernel import acts, decisions
from indelible.kernel.acts import Outcome
from indelible.kernel.case import Case
from indelible.kernel.context import Context
from indelible.kernel.decision import Decision
from indelible.kernel.errors import Invalid, Missing
from indelible.kernel.hooks import decides
from indelible.kernel.records import Subject

IDENTITY, SUSPENDED = "identity", "signing_suspended"  # marks on a person
ACT, VERB = "person.verify_identity", "verify_identity"
DOCUMENTS = {
    "passport": "Passport", "identity_card": "Identity card", "driving_licence": "Driving licence",
    "residence_permit": "Residence permit", "other": "Other official document with a photograph",
}  # fmt: skip
WAYS = {"in_person": "In person", "video": "By live video"}
TAKES = ("document", "way", "seen_on")


def verify(
    ctx: Context, person: Subject, told: Mapping[str, str], *, seen: int | None = None, key: str | None = None
) -> Outcome:
    """Record that a person's identity was verified: `document`, `way`, `seen_on` (a day); raises Invalid or Refused."""
    inputs: dict[str, Any] = dict(told)
    return acts.run(ctx, ACT, person, seen=seen, key=key, **inputs)


@decides(VERB)
def decide(case: Case, inputs: dict[str, Any]) -> Decision:
    """Decide a check of identity: by somebody else, with a document of a named kind, on a day that has come."""
    decision = decisions.move(case, {})
    told = read(inputs, case.at, case.configuration.company.zone)
    by = {"person": str(case.person.id), "name": case.person.name} if case.person else {}
    decision.note = told
    marks = {name: mark for name, mark in case.head.marks.items() if name != SUSPENDED}
    decision.effects.head["marks"] = {**marks, IDENTITY: {**told, "by": by, "at": clock.iso(case.at)}}
    return decision


def suspend(case: Case, decision: Decision, why: str, *by: str | None) -> None:
    """Suspend the signing of the person of an act, until somebody verifies the identity who is none of `by` (ids of people)."""
    marks = decision.effects.head.get("marks", case.head.marks)
    before = marks.get(SUSPENDED, {})
    none_of = sorted({*before.get("not_by", []), *(one for one in by if one)})
    decision.effects.head["marks"] = {
        **marks,
        SUSPENDED: {"since": before.get("since") or clock.iso(case.at), "why": why, "not_by": none_of},
    }


def words(told: dict[str, Any]) -> str:
    """Give a check in words, as pages show it."""
    return f"{DOCUMENTS.get(told['document'], told['document'])}, {WAYS.get(told['way'], told['way']).lower()}, {told['seen_on']}"


def read(inputs: Mapping[str, Any], at: datetime, zone: str) -> dict[str, str]:
    """Read what somebody says of a check of identity; raises Invalid naming each field that does not fit."""
    missing = [Missing(f"One of: {', '.join(choices)}.", field=name)
               for name, choices in (("document", DOCUMENTS), ("way", WAYS)) if inputs.get(name) not in choices]  # fmt: skip
    day = _day(str(inputs.get("seen_on", "")))
    if day is None or day > at.astimezone(ZoneInfo(zone)).date():
        missing.append(Missing("The day on which it was seen, such as 2026-11-23; not one to come.", field="seen_on"))
    if unknown := set(inputs) - set(TAKES):
        missing.append(Missing(f"Nothing else: {', '.join(sorted(unknown))} is not taken.", field="document"))
    if missing or day is None:
        raise Invalid(rule="input", text="A check of identity says which kind of document was seen, how, and when.",
                      missing=tuple(missing))  # fmt: skip
    return {"document": str(inputs["document"]), "way": str(inputs["way"]), "seen_on": day.isoformat()}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None

"""The only place that decides lines of an access review: who decided stands in the line, and nobody decides the own ones."""

from __future__ import annotations

from typing import Any

from indelible.kernel import decisions, records, rules
from indelible.kernel.case import Case
from indelible.kernel.context import Person
from indelible.kernel.decision import Decision
from indelible.kernel.errors import Invalid, Missing, Refused
from indelible.kernel.hooks import decides
from indelible.kernel.models import Record
from indelible.kernel.types import FieldDeclaration
from indelible.modules.access_reviews import lines
from indelible.modules.access_reviews.lines import CHANGE, DECISIONS, KEEP, REVOKE, Line
from indelible.practice import rewriting
from indelible.practice.asked import Asked, asks_for

DECIDE, KEEP_REST = "decide_lines", "keep_unflagged"
TAKES = {"lines", "decision", "request"}
OWN = "nobody_reviews_own_access_or_acts"


@decides(DECIDE)
def decide_lines(case: Case, inputs: dict[str, Any]) -> Decision:
    """Decide lines: `lines` (their ids), `decision` (keep, change, revoke), `request` (the number of the new request, for a change).

    The reason of the act is that of the lines: it is asked for where one is flagged, changed or revoked. Raises Invalid for what does
    not fit, Refused for a line of one's own and for one that was carried out already (11.10(d), (g); Annex 11-12).
    """
    found = decisions.consider(case)
    chosen, wanted = _chosen(case, inputs), str(inputs.get("decision") or "")
    _nobodys_own(case, chosen)
    if carried := [line for line in chosen if line.leaves and line.decision == REVOKE]:
        raise Refused(rule="carried_out_at_once", text=f"Revoked and carried out already: {lines.words(carried)}.",
                      do="Access that is needed again is asked for as a new grant.")  # fmt: skip
    _one_after_the_other(chosen, wanted)
    rules.reason_given(case, required=wanted != KEEP or any(line.flagged for line in chosen))
    given = {"decision": wanted, "reason": case.reason or None, "request": str(inputs.get("request") or "").strip() or None}
    return _decided(case, found, {line.id: given for line in chosen})


@decides(KEEP_REST)
def keep_unflagged(case: Case, inputs: dict[str, Any]) -> Decision:
    """Keep every line that is not flagged, not decided and not one's own; raises Refused where there is none."""
    if inputs:
        raise Invalid(rule="input", text="It takes no values: what is flagged is decided line by line.")
    found = decisions.consider(case)
    rules.reason_given(case, required=False)
    kept = lines.kept_together(case.content, case.person)
    return _decided(case, found, {line.id: {"decision": KEEP, "reason": case.reason or None} for line in kept})


@asks_for(DECIDE)
def what_deciding_asks(record: Record) -> Asked:
    """Ask which lines, what is decided, and for a change by which request it goes on; lines without a decision come first."""
    every = sorted(lines.of(records.values(record)), key=lambda line: bool(line.decision))
    labels = {line.id: _told(line) for line in every}
    fields = (
        FieldDeclaration(id=1, name="lines", kind="choice", label="Lines", many=True, choices=list(labels), labels=labels, required="at_creation"),
        FieldDeclaration(id=2, name="decision", kind="choice", label="Decision", choices=list(DECISIONS), required="at_creation",
                         help="Change ends the present right when the review is closed; a new request asks for what comes instead."),
        FieldDeclaration(id=3, name="request", kind="text", label="Number of the new request", max_length=40, help="For a change: such as GRT-0042."),
    )  # fmt: skip
    return Asked("The same decision and reason for each line that you choose. The account of a leaver is disabled at once, "
                 "everything else takes effect when the review is closed.", fields)  # fmt: skip


def _told(line: Line) -> str:
    odd = f" · {line.row['flags']}" if line.flagged else ""
    done = f" · decided: {line.decision}" if line.decision else ""
    return f"{line.label}{odd}{done}"


def _chosen(case: Case, inputs: dict[str, Any]) -> list[Line]:
    if unknown := set(inputs) - TAKES:
        raise Invalid(
            rule="input", text=f"A decision takes {', '.join(sorted(TAKES))}; given as well: {', '.join(sorted(unknown))}."
        )
    known, asked = {line.id: line for line in lines.of(case.content)}, inputs.get("lines")
    wanted = [str(one) for one in asked] if isinstance(asked, list) else []
    problems = []
    if not wanted or (strange := [one for one in wanted if one not in known]):
        text = f"No line is called {', '.join(strange[:5])!r}." if wanted else "Choose at least one line."
        problems.append(Missing(text, field="lines"))
    if inputs.get("decision") not in DECISIONS:
        problems.append(Missing(f"One of: {', '.join(DECISIONS)}.", field="decision"))
    request = inputs.get("request")
    if request and (not isinstance(request, str) or inputs.get("decision") != CHANGE or len(request) > 40):
        problems.append(Missing("Only a change names a new request, by its number.", field="request"))
    if len(case.reason) > lines.LONGEST:
        problems.append(Missing(f"At most {lines.LONGEST} characters: it stands in the line.", field="reason"))
    if problems:
        raise Invalid(
            rule="input", text=problems[0].text, missing=tuple(problems), do="Correct what is named; nothing was decided."
        )
    return [known[one] for one in dict.fromkeys(wanted)]


def _nobodys_own(case: Case, chosen: list[Line]) -> None:
    if case.person and (own := [line for line in chosen if line.is_of(_person(case))]):
        raise Refused(rule=OWN, text=f"Nobody reviews the own access: {lines.words(own)}.",
                      missing=(Missing("Nobody reviews the own access: the other reviewer decides on these lines.", field="lines", rule=OWN),),
                      do="Leave your own lines to the system owner or Quality, whichever you are not.")  # fmt: skip


def _one_after_the_other(chosen: list[Line], wanted: str) -> None:
    people = {str(line.row["user_id"]) for line in chosen if line.leaves}
    if wanted == REVOKE and len(people) > 1:  # what ends with the one could be what ends with the other: their delegations
        raise Refused(rule="one_leaver_at_a_time", text="The accounts of two leavers are disabled one after the other.",
                      do=f"Choose the lines of one of them: {', '.join(sorted(people))}.")  # fmt: skip


def _person(case: Case) -> Person:
    if case.person is None:
        raise LookupError(f"{case.act} has no person")
    return case.person


def _decided(case: Case, found: decisions.Considered, chosen: dict[str, lines.Row]) -> Decision:
    by = f"{_person(case).name} ({_person(case).user_id})"
    decision = Decision(found.move.past, case.head.state, found.grant)
    rewriting.write(
        case, decision, lines.decided(case.content, {name: row | {"decided_by": by} for name, row in chosen.items()})
    )
    decision.note = {"lines": list(chosen)}
    return decision

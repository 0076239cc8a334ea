"""The only place that decides what people say on a record: a comment, where it belongs, and what becomes of it.

A comment with a place (a field, a block's anchor, a quote of the stored text, perhaps what should stand there instead)
stays open until somebody resolves it. A comment without one is a remark beside the record.
"""

from __future__ import annotations

from typing import Any

from indelible.infra import canonical
from indelible.kernel import contents, decisions, rules
from indelible.kernel.case import Case
from indelible.kernel.decision import Decision
from indelible.kernel.decisions import OPEN_COMMENTS
from indelible.kernel.errors import Invalid, Missing, Refused
from indelible.kernel.fields import kind_of
from indelible.kernel.hooks import decides
from indelible.kernel.models import Event

LONGEST = 5000
ACCEPTED, DECLINED = OUTCOMES = ("accepted", "declined")


@decides("comment")
def comment(case: Case, inputs: dict[str, Any]) -> Decision:
    """Say something beside the record, or about a place in it; context, which voids nothing."""
    grant = decisions.allowed(case)
    text = str(inputs.get("text", "")).strip()
    if not text or _unfit(text):
        raise Invalid(rule="input", text=f"A comment holds 1 to {LONGEST} characters of text.", missing=(
            Missing("Text without control characters.", field="text"),))  # fmt: skip
    place = _place(case, inputs)
    decision = Decision("commented", case.head.state, grant, note={"comment": text, **place})
    if place:
        waiting = [*case.head.marks.get(OPEN_COMMENTS, []), case.head.position + 1]
        decision.effects.head["marks"] = {**case.head.marks, OPEN_COMMENTS: waiting}
    return decision


@decides("resolve")
def resolve(case: Case, inputs: dict[str, Any]) -> Decision:
    """Answer a comment on a place. What it suggests is taken up in the same act: an edit, or with a reason an amend."""
    grant = decisions.allowed(case)
    position, outcome = inputs.get("position"), inputs.get("outcome")
    said = _open(case, position)
    if outcome not in OUTCOMES:
        raise Invalid(rule="input", text="A comment is accepted or declined.",
                      missing=(Missing("accepted or declined", field="outcome"),))  # fmt: skip
    rules.reason_given(case, required=outcome == DECLINED)
    decision = Decision("resolved", case.head.state, grant)
    if outcome == ACCEPTED and "suggestion" in said:
        decision = _taken_up(case, said)
    marks = decision.effects.head.get("marks", case.head.marks)
    decision.effects.head["marks"] = {**marks, OPEN_COMMENTS: [one for one in marks[OPEN_COMMENTS] if one != position]}
    decision.note = {"resolves": position, "outcome": outcome}
    return decision


@rules.rule("no_open_comments")
def no_open_comments(case: Case) -> str | None:
    """Every comment on a place in the content was answered."""
    count = len(case.head.marks.get(OPEN_COMMENTS, []))
    return f"{count} {'comment awaits' if count == 1 else 'comments await'} an answer." if count else None


def _taken_up(case: Case, said: dict[str, Any]) -> Decision:
    """Edit what the comment quotes: with the rights, the freezing and the voiding of any other edit."""
    case.verb = "amend" if case.reason else "edit"
    decision = decisions.edit(case, {"fields": _suggested(case, said)})
    decision.past, case.verb = "resolved", "resolve"
    return decision


def _place(case: Case, inputs: dict[str, Any]) -> dict[str, Any]:
    """Give where a comment belongs; raises Invalid where the words that it quotes do not stand there."""
    given = {name: inputs[name] for name in ("anchor", "quote", "suggestion") if inputs.get(name) is not None}
    if not given and not inputs.get("field"):
        return {}
    field = case.declaration.field(str(inputs.get("field", "")))
    wrong = [name for name, text in given.items() if _unfit(text)]
    if field is None or field.retired:
        wrong.append("field")
    elif not wrong and given.get("quote", "") not in kind_of(field).show(field, case.value(field.name)):
        wrong.append("quote")
    elif "suggestion" in given and (not given.get("quote") or field.kind not in ("text", "rich_text")):
        wrong.append("suggestion")
    if wrong or field is None:
        raise Invalid(rule="input", text="The comment names no place in this content.", do="Load the record again.", missing=(
            *(Missing(f"A {name} that stands in the present content.", field=name) for name in wrong),))  # fmt: skip
    return {"field": field.id, **given}


def _open(case: Case, position: Any) -> dict[str, Any]:
    """Give what an open comment said and where; raises Refused for one that awaits nothing."""
    if isinstance(position, bool) or position not in case.head.marks.get(OPEN_COMMENTS, []):
        raise Refused(rule="comment_is_open", text="That comment awaits no answer; nothing was changed.",
                      do="Look at what became of it.")  # fmt: skip
    payload = Event.objects.get(record_id=case.head.id, position=position).payload
    note: dict[str, Any] = canonical.decode(payload)["note"]
    return note


def _suggested(case: Case, said: dict[str, Any]) -> dict[str, Any]:
    """Give the field as the comment suggests it; raises Refused where its quote is gone or stands more than once."""
    field = case.declaration.field_by_id(said["field"])
    value = str(case.value(field.name) or "") if field else ""
    if field is None or value.count(said["quote"]) != 1:
        raise Refused(rule="quote_stands_once", text="The words that the comment quotes have changed, or stand there twice.",
                      do="Make the change by hand, then resolve the comment.")  # fmt: skip
    return {field.name: value.replace(said["quote"], said["suggestion"])}


def _unfit(text: Any) -> bool:
    return not isinstance(text, str) or len(text) > LONGEST or contents.CONTROL.search(text) is not None

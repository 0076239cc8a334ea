"""The only place that decides the confirmation of a critical value by a second person (Annex 11-6)."""

from __future__ import annotations

from typing import Any

from indelible.kernel import decisions
from indelible.kernel.case import Case
from indelible.kernel.decision import Decision
from indelible.kernel.errors import Invalid, Missing, Refused
from indelible.kernel.hooks import decides


@decides("confirm")
def confirm(case: Case, inputs: dict[str, Any]) -> Decision:
    """Confirm a critical value as a second person (Annex 11-6): the one who entered it cannot."""
    grant = decisions.allowed(case)
    declared = case.declaration.field(str(inputs.get("field", "")))
    waiting = case.head.marks.get("unconfirmed", {})
    if declared is None or str(declared.id) not in waiting:
        raise Invalid(rule="input", text="Name a critical field that awaits its second person.",
                      missing=(Missing(f"One of: {', '.join(waiting) or 'none awaits it'}.", field="field"),))  # fmt: skip
    if case.person and waiting[str(declared.id)] == str(case.person.id):
        raise Refused(rule="second_person", text=f"You entered {declared.title}; another person confirms it.")
    rest = {key: who for key, who in waiting.items() if key != str(declared.id)}
    decision = Decision("confirmed", case.head.state, grant, note={"field": declared.id})
    decision.effects.head = {"marks": {**case.head.marks, "unconfirmed": rest}}
    return decision

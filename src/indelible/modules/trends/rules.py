"""What a trend must say before Quality decides on it."""

from __future__ import annotations

from indelible.kernel.case import Case
from indelible.kernel.reasons import is_filler
from indelible.kernel.rules import rule
from indelible.practice import answering, trends

__all__ = ["trends"]  # its rule is registered by being read


@rule("trend_is_answered", alone=True)
def trend_is_answered(case: Case) -> str | None:
    """A trend is answered by a CAPA that was begun from it, or by a reason that says why none is needed."""
    text = str(case.value("reason") or "")
    if len(text.strip()) < case.configuration.policies.reason_length or is_filler(text):
        return "Say why a CAPA answers it, or why none is needed, in words that say something."
    if case.value("capa_needed") and all(one.state == "void" for one in answering.plans(case.head)):
        return f"A CAPA is to answer it, and none was begun from {case.head.number}: begin it from here."
    return None

"""Whether a record that asks for corrective action is answered: a CAPA begun for it has an approved plan."""

from __future__ import annotations

from indelible.kernel.models import Record
from indelible.practice import belonging


def plans(head: Record) -> list[Record]:
    """Give the CAPAs whose content names this record, by number."""
    return belonging.list_following(head, "capa")


def planned(head: Record) -> bool:
    """Say whether the plan of one of them is approved by Quality; it need not be carried out yet."""
    return any(given["meaning"] == "quality_approved" for plan in plans(head) for given in plan.signed.get("done", []))


def lacking(head: Record) -> str:
    """Say what is missing: a CAPA, or the approval of the plan of one."""
    words = ", ".join(plan.number for plan in plans(head)) or "none was begun from here"
    return f"A CAPA is needed, and the plan of none is approved ({words})."

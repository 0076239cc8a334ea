"""Which fields of an access review a form leaves out: what the system writes, and what is said once."""

from __future__ import annotations

from indelible.kernel.models import Record
from indelible.modules.access_reviews.rules import STAYS, WRITTEN
from indelible.practice import filling


@filling.leaves_out("access_review")
def what_the_system_writes(record: Record | None) -> tuple[str, ...]:
    """Lines are decided by an act and not in a form; system and day stay."""
    return (*WRITTEN, *STAYS) if record else WRITTEN

"""What follows when system owner and Quality let signing go on although a drift is not put back yet."""

from __future__ import annotations

from collections.abc import Iterator

from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.decision import Decision
from indelible.kernel.fields.stored import Stored
from indelible.kernel.hooks import Reply, follows
from indelible.kernel.models import Record

DRIFTED, STOPPED = "drifted", "drifted, signing stopped"


@follows("drift.decide")
def signing_goes_on(case: Case, decision: Decision) -> Iterator[Reply]:
    """Take the stop off the installation once no drift that stops signing waits for their decision."""
    if decision.state == case.head.state:
        return  # one signature of two
    field = case.declaration.field("stops_signing")
    waiting = Record.objects.filter(type=case.type, state=case.head.state).exclude(pk=case.head.pk)
    if field is not None and waiting.annotate(stops=Stored(field.id)).filter(stops__in=("true", "1")).exists():
        return
    home = Record.objects.get(type="installation")
    if records.values(home).get("drift") != STOPPED:
        return
    yield Reply("installation.edit", home.pk, {"fields": {"drift": DRIFTED}}, reason=f"{case.head.number}: signing goes on")

"""How commitments stand: for the page of the whole company's figures."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from indelible.kernel.fields.stored import Stored
from indelible.kernel.models import Record
from indelible.practice import glance, queries
from indelible.practice.panels import Sheet, Table, declares, panel
from indelible.practice.queries import Viewer

COMMITMENT, KIND = "commitment", "to_kind"
PROMISED = "open,overdue"


@panel("commitments", label="Commitments", says="How many promises are open, overdue, or kept and to be closed.",
       glance=True, seen=declares(COMMITMENT))  # fmt: skip
def commitments(view: Viewer, _record: Record | None, at: datetime) -> Sheet:
    """Give for each kind of receiver how many promises are open, overdue, or wait for their closing."""
    field = next(one for one in view.configuration.type(COMMITMENT).live_fields() if one.name == KIND)
    open_, late = Q(state__in=PROMISED.split(",")), Q(due_at__lt=at)
    counted = {"Open": open_ & ~late, "Overdue": open_ & late, "To close": Q(state="to_close")}
    filters = {
        "Open": {"state": PROMISED, "late": "0"},
        "Overdue": {"state": PROMISED, "late": "1"},
        "To close": {"state": "to_close"},
    }
    seen = Record.objects.filter(queries.visible(view, [COMMITMENT])).annotate(to_kind=Stored(field.id))
    found = glance.counts(seen.filter(open_ | counted["To close"]), counted, by=KIND)
    rows = tuple(
        (
            glance.label(field.labels.get(kind, kind.capitalize()), COMMITMENT, {KIND: kind}),
            *(glance.count(found[kind][name], COMMITMENT, {KIND: kind} | filters[name]) for name in counted),
        )
        for kind in field.choices
        if kind in found
    )
    table = Table("Commitments", ("To", *counted), rows, "No promise that you may see is open.", "bars", ("soft", "late", "ink"),
                  "What was promised outside, by the one to whom.")  # fmt: skip
    return Sheet("", (table,))

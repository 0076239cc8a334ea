"""Whether corrective and preventive action works: for the page of the whole company's figures."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from indelible.kernel.fields.stored import Stored
from indelible.kernel.models import Record
from indelible.practice import glance, queries
from indelible.practice.panels import Sheet, Table, declares, panel
from indelible.practice.queries import Viewer

CAPA, KIND = "capa", "kind"
STATES = {"Effective": "closed_effective", "Ineffective": "closed_ineffective", "In check": "monitoring"}


@panel("capa-effectiveness", label="Effectiveness of CAPAs", says="How many CAPAs worked, did not, or are in check.",
       glance=True, seen=declares(CAPA))  # fmt: skip
def effectiveness(view: Viewer, _record: Record | None, _at: datetime) -> Sheet:
    """Give for each kind of CAPA how many were found effective, ineffective, or are being checked (ICH Q10 3.2.2)."""
    field = next(one for one in view.configuration.type(CAPA).live_fields() if one.name == KIND)
    seen = Record.objects.filter(queries.visible(view, [CAPA])).annotate(of_kind=Stored(field.id))
    counted = {name: Q(state=state) for name, state in STATES.items()}
    found = glance.counts(seen.filter(state__in=STATES.values()), counted, by="of_kind")
    rows = tuple(
        (
            glance.label(field.labels.get(kind, kind.capitalize()), CAPA, {KIND: kind}),
            *(glance.count(found[kind][name], CAPA, {KIND: kind, "state": state}) for name, state in STATES.items()),
        )
        for kind in field.choices
        if kind in found
    )
    table = Table("Effectiveness of CAPAs", ("Kind", *STATES), rows, "No CAPA that you may see has come to its check.",
                  "bars", ("done", "late", "soft"))  # fmt: skip
    return Sheet("", (table,))

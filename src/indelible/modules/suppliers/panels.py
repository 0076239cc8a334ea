"""How the suppliers stand: for the page of the whole company's figures."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from indelible.kernel import lifecycles
from indelible.kernel.models import Record
from indelible.modules.suppliers import scorecard
from indelible.practice import glance, queries
from indelible.practice.panels import Sheet, Table, declares, panel
from indelible.practice.queries import Viewer

__all__ = ["scorecard"]  # it is registered by being read

SUPPLIER = "supplier"


@panel("supplier-status", label="Suppliers by status", says="How many suppliers stand in which state.", glance=True,
       seen=declares(SUPPLIER))  # fmt: skip
def status(view: Viewer, _record: Record | None, _at: datetime) -> Sheet:
    """Give how many suppliers stand in each state of their lifecycle, in its order."""
    declared = view.configuration.type(SUPPLIER)
    seen = Record.objects.filter(queries.visible(view, [SUPPLIER]))
    found = glance.counts(seen, {"all": Q()}, by="state")
    rows = tuple(
        (
            glance.label(lifecycles.label(declared.lifecycle[state], state), SUPPLIER, {"state": state}),
            glance.count(found[state]["all"], SUPPLIER, {"state": state}),
        )
        for state in declared.order
        if state in found
    )
    table = Table("Suppliers by status", ("Status", "Suppliers"), rows, "No supplier that you may see.", "bars", ("ink",))
    return Sheet("", (table,))

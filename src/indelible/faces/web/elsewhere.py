"""The only place that knows which acts are done on a page of their own, where the bare act would ask too little or leave something behind."""

from __future__ import annotations

from django.urls import reverse

from indelible.assurance.qualification import starting
from indelible.faces.web import people
from indelible.kernel.models import Record
from indelible.modules.validation import performing


def page_of(record: Record, verb: str, *, own: bool) -> str | None:
    """Give the page that does an act whole, None for an act that needs none."""
    if f"{record.type}.{verb}" == starting.ACT:
        return reverse("validation")
    if verb == performing.RECORD and performing.is_run(record):
        return reverse("perform", args=[record.number])
    return people.page_of(record, verb, own=own)

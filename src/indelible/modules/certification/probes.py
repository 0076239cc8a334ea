"""What the board of readiness asks of the letter under 11.100(c)."""

from __future__ import annotations

from indelible.kernel.models import Link, Record
from indelible.modules.certification.rules import COMPANY, COUNTS, LETTER
from indelible.practice import probing
from indelible.practice.probing import Finding, lacking, no_type, probe, shown
from indelible.practice.queries import Viewer


@probe("letter_filed", "Whether the letter to FDA of every legal entity is filed, or it was signed that none is needed.")
def letter_filed(view: Viewer, _about: str) -> Finding:
    """Say whether each legal entity's letter counts (11.100(c))."""
    if LETTER not in view.configuration.types:
        return no_type(LETTER)
    page = probing.list_of(LETTER)
    counting = Record.objects.filter(type=LETTER, state__in=COUNTS).order_by("-number")
    of = set(Link.objects.filter(record_id__in=counting.values("pk"), relation=COMPANY).values_list("target", flat=True))
    entities = [
        *Record.objects.filter(type=COMPANY).exclude(standing="past").order_by("number").values_list("number", flat=True)
    ]
    owed = [number for number in entities if number not in of]
    newest = counting.first()
    if newest is None:
        return lacking("No letter to FDA is filed.", page=page)
    if owed:
        return lacking(f"No letter is filed of {probing.some(owed)}.", page=page)
    return shown("The letter of each legal entity is filed.", number=newest.number)

"""What the board of readiness asks of documents: procedures in force, by what their titles say."""

from __future__ import annotations

from django.db.models import Q

from indelible.kernel.models import Record
from indelible.practice import probing
from indelible.practice.probing import DOCUMENT, Finding, lacking, no_type, probe, shown
from indelible.practice.queries import Viewer


@probe("procedure", "Whether a document is in force whose title holds one of these words.")
def procedure(view: Viewer, words: str) -> Finding:
    """Say whether a procedure about something is in force; `words` are parted by commas, and one of them in its title is enough."""
    if DOCUMENT not in view.configuration.types:
        return no_type(DOCUMENT)
    asked = [word.strip() for word in words.split(",") if word.strip()]
    titled = Q(pk__in=[])
    for word in asked:
        titled |= Q(title__icontains=word)
    found = Record.objects.filter(titled, type=DOCUMENT, standing="in_force").order_by("number").first()
    said = " or ".join(f"“{word}”" for word in asked)
    if found is None:
        return lacking(f"No document in force has {said} in its title.", page=probing.list_of(DOCUMENT))
    since = probing.day_of(view, found.in_force_from) if found.in_force_from else None
    return shown(f"{found.number} is in force.", number=found.number, day=since)


@probe(
    "signing_procedure_in_force", "Whether the procedure on electronic signatures that the configuration names is in force."
)
def signing_procedure_in_force(view: Viewer, _about: str) -> Finding:
    """Say whether the written policy that holds signers to account is in force (11.10(j))."""
    named = view.configuration.policies.signing_procedure
    if not named:
        return lacking(
            "The configuration names no procedure on electronic signatures: signing_procedure is empty.",
            page="/configuration",
        )
    found = Record.objects.filter(type=DOCUMENT, series=named, standing="in_force").first()
    if found is None:
        return lacking(f"{named} is not in force.", page=probing.list_of(DOCUMENT))
    since = probing.day_of(view, found.in_force_from) if found.in_force_from else None
    return shown(f"{found.number} is in force.", number=found.number, day=since)

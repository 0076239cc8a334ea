"""The only place that keeps the filters of a list under a name: for one person, or for everybody who may see the type.

A view holds filters and no rows: who opens a shared one gets what the own rights show.
"""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from indelible.infra import clock, ids
from indelible.infra.words import UNSAID
from indelible.kernel.errors import Invalid, Missing, NotFound
from indelible.kernel.models import Record
from indelible.practice.models import SavedView
from indelible.practice.queries import Viewer, may_create, visible

LONGEST_NAME, LONGEST_QUERY, MOST = 60, 2000, 50
KEEPERS = frozenset({"doc_control", "sysadmin"})  # remove what others have shared


def keep(view: Viewer, kind: str, name: str, query: str, *, shared: bool) -> SavedView:
    """Keep filters under a name; raises Invalid in words."""
    person, name = _person(view), " ".join(UNSAID.sub(" ", name).split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise _invalid(
            "The view has no name." if not name else "The name is too long.", f"1 to {LONGEST_NAME} characters.", "name"
        )
    if not query or len(query) > LONGEST_QUERY:
        raise _invalid("No filter is set, so there is nothing to save.", "At least one filter.", None)
    if SavedView.objects.filter(person_id=person).count() >= MOST:
        raise _invalid("You have saved as many views as one person can.", f"At most {MOST}: remove one.", None)
    try:
        with transaction.atomic():
            return SavedView.objects.create(
                id=ids.new(), person_id=person, type=kind, name=name, query=query, shared=shared, at=clock.now()
            )
    except IntegrityError:
        raise _invalid(f"You have a view named “{name}” here.", "Another name, or remove that one.", "name") from None


def list_for(view: Viewer, kind: str) -> list[SavedView]:
    """List the views of a type that this person can open: the own ones, and those that others share."""
    mine = Q(person_id=_person(view))
    if may_see(view, kind):
        mine |= Q(shared=True)
    return list(SavedView.objects.filter(mine, type=kind).order_by("name", "at"))


def may_see(view: Viewer, kind: str) -> bool:
    """Say whether a type is any business of this person: a record of it can be seen, or begun."""
    return Record.objects.filter(visible(view, [kind])).exists() or may_create(view, kind) is None


def may_remove(view: Viewer, saved: SavedView) -> bool:
    """Say whether this person may remove a view: its owner, and of shared ones who keeps order here."""
    return saved.person_id == _person(view) or (saved.shared and any(held.role in KEEPERS for held in view.held))


def remove(view: Viewer, kind: str, saved: UUID) -> None:
    """Remove a view; raises NotFound for one that this person may not see or remove."""
    found = next((one for one in list_for(view, kind) if one.pk == saved and may_remove(view, one)), None)
    if found is None:
        raise NotFound("view")
    SavedView.objects.filter(pk=found.pk).delete()


def _person(view: Viewer) -> UUID:
    if view.ctx.person_id is None:
        raise NotFound("view")
    return view.ctx.person_id


def _invalid(text: str, missing: str, field: str | None) -> Invalid:
    return Invalid(rule="input", text=text, missing=(Missing(missing, field=field),), do="Correct it and save again.")

"""The only place that keeps what somebody is typing: for its owner alone, replaced as it grows, never evidence."""

from __future__ import annotations

from datetime import timedelta

from indelible.infra import clock
from indelible.kernel.context import Context
from indelible.kernel.errors import Invalid, Missing, NotFound
from indelible.kernel.models import Record
from indelible.practice.models import Draft

LONGEST = 2_000_000
SHOWN = 50
ADDRESS = 200
PRESENT = timedelta(minutes=2)

Typed = dict[str, list[str]]


def keep(ctx: Context, form: str, typed: Typed) -> Draft:
    """Keep what was typed into a form; the earlier text of the same form gives way. Raises Invalid or NotFound."""
    if ctx.person_id is None:
        raise NotFound("draft")
    if not 1 <= len(form) <= ADDRESS or "\0" in form:
        raise Invalid(
            rule="input", text="Not kept: the form has no address.", missing=(Missing("The form's address.", field="form"),)
        )
    if sum(len(value) for values in typed.values() for value in values) > LONGEST:
        raise Invalid(rule="input", text="Not kept: the text is longer than a draft may be.",
                      missing=(Missing(f"At most {LONGEST} characters."),), do="Save a version.")  # fmt: skip
    draft, _ = Draft.objects.update_or_create(
        person_id=ctx.person_id, form=form, defaults={"data": typed, "at": clock.now()}
    )
    return draft


def find(ctx: Context, form: str) -> Draft | None:
    """Give what this person has typed into a form, None when nothing is kept."""
    return Draft.objects.filter(person_id=ctx.person_id, form=form).first() if ctx.person_id else None


def drop(ctx: Context, form: str) -> bool:
    """Forget what this person typed into a form; says whether there was anything."""
    return ctx.person_id is not None and bool(Draft.objects.filter(person_id=ctx.person_id, form=form).delete()[0])


def list_others(ctx: Context, form: str) -> list[str]:
    """Give the printed names of other people who type into the same form just now; never what they type."""
    if ctx.person_id is None:
        return []
    rows = Draft.objects.filter(form=form, at__gt=clock.now() - PRESENT).exclude(person_id=ctx.person_id)
    people = list(rows.order_by("at").values_list("person_id", flat=True)[:SHOWN])
    return sorted(Record.objects.filter(pk__in=people).values_list("title", flat=True))


def list_mine(ctx: Context) -> list[Draft]:
    """List this person's drafts, newest first."""
    return list(Draft.objects.filter(person_id=ctx.person_id).order_by("-at")[:SHOWN]) if ctx.person_id else []

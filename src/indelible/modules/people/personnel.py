"""The only place that says what a role asks of a personnel file, and what the file of a person lacks (211.25(a), 58.29).

Nothing sleeps before an installation is released: while it is founded and in stage A the files are being brought.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from indelible.kernel import config, gates, records
from indelible.kernel.models import AccessGrant, Party, Record

ITEM, GRANT, PERSON, INSTALLATION = "personnel_item", "grant", "person", "installation"
DRAFT, IN_FORCE, EXPIRED = "draft", "in_force", "expired"
ACTIVE, ASLEEP = "active", "asleep"
ENFORCED = (gates.RELEASED, gates.SUSPENDED)
ALONE_OF_THEIR_KIND = ("job_description", "cv")  # a newer one takes the place of the older by itself
LEADING, MANAGEMENT = "dept_approver", "executive"


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing that a file lacks: its kind, and in words what there is instead and what to do."""

    kind: str
    text: str


def enforced(state: str = "") -> bool:
    """Say whether roles sleep in this installation: from its release on."""
    if not state:
        state = Record.objects.filter(type=INSTALLATION).values_list("state", flat=True).first() or gates.FOUNDING
    return state in ENFORCED


def asks(role: str) -> tuple[str, ...]:
    """Give the kinds of items that a role asks for, by the configuration in force."""
    declared = config.current().roles.get(role)
    return tuple(declared.file) if declared else ()


def items(person: UUID) -> list[Record]:
    """Give everything that was ever brought to a person's file, by number."""
    mine = Party.objects.filter(person_id=person, capacity=PERSON).values("record_id")
    return list(Record.objects.filter(pk__in=mine, type=ITEM).order_by("number"))


def kind_of(item: Record) -> str:
    """Give the kind of an item, empty where its content is withheld."""
    return str(records.values(item)["kind"] or "")


def label(kind: str) -> str:
    """Give a kind as people call it inside of a sentence."""
    declared = config.current().types.get(ITEM)
    field = declared.field("kind") if declared else None
    word = field.labels.get(kind, kind) if field else kind
    return word if word.isupper() else word[:1].lower() + word[1:]


def there(person: UUID, *, without: UUID | None = None) -> set[str]:
    """Give the kinds of which a file holds one in force, perhaps as it is once an item has left it."""
    return {kind_of(item) for item in items(person) if item.state == IN_FORCE and item.pk != without}


def since(item: Record) -> str:
    """Give the instant at which an item came into force: that of the last signature that it needed."""
    return max((str(one["at"]) for one in item.signed.get("done", [])), default="")


def lacking(person: UUID, role: str, *, without: UUID | None = None) -> list[str]:
    """Give the kinds that a role asks for and a person's file lacks."""
    wanted = asks(role)
    held = there(person, without=without) if wanted else set()
    return [kind for kind in wanted if kind not in held]


def told(person: UUID, kinds: Iterable[str], zone: str) -> list[Lack]:
    """Say of each kind that lacks what there is of it, and what to do."""
    known = items(person)
    return [Lack(kind, _words(kind, [item for item in known if kind_of(item) == kind], zone)) for kind in kinds]


def _words(kind: str, known: list[Record], zone: str) -> str:
    word = label(kind)
    if drafts := [item for item in known if item.state == DRAFT]:
        return f"The {word} {drafts[-1].number} is {_awaits(drafts[-1])}."
    expired = [item for item in known if item.state == EXPIRED]
    if expired:
        day = records.values(expired[-1])["valid_until"] or f"{expired[-1].updated_at.astimezone(ZoneInfo(zone)):%Y-%m-%d}"
        return f"The {word} {expired[-1].number} was valid until {day}; bring a newer one."
    return f"There is no {word} in force; bring one to the personnel file."


def _awaits(draft: Record) -> str:
    """Say whose signature a draft awaits."""
    values, given = records.values(draft), {one["meaning"] for one in draft.signed.get("open", [])}
    if values["kind"] not in ALONE_OF_THEIR_KIND:
        return "not seen in the original yet by somebody else"
    manager = (values["manager"] or {}).get("name", "the manager")
    open_ones = [f"the manager, {manager}"] if values["kind"] == "job_description" and "approved" not in given else []
    own = "declared" if values["kind"] == "cv" else "acknowledged"
    return "not signed yet by " + " and by ".join([*(["the person"] if own not in given else []), *open_ones])


def grants(person: UUID, *states: str) -> list[Record]:
    """Give the grants of a person in some states, by number."""
    mine = Party.objects.filter(person_id=person, capacity=PERSON).values("record_id")
    return list(Record.objects.filter(pk__in=mine, type=GRANT, state__in=states).order_by("number"))


def span(grant: UUID, at: datetime) -> AccessGrant | None:
    """Give the span in which a grant gives its role at a moment; None while it gives nothing."""
    rows = AccessGrant.objects.filter(record_id=grant, from_at__lte=at).order_by("-from_at")
    return next((row for row in rows[:1] if row.until_at is None or row.until_at > at), None)


def over(day: str | None, today: date) -> bool:
    """Say whether a day that something names as its last one is over."""
    return bool(day) and date.fromisoformat(str(day)) < today


def people_with_roles() -> Iterator[UUID]:
    """Give everybody whose role is awake or asleep."""
    held = Record.objects.filter(type=GRANT, state__in=(ACTIVE, ASLEEP)).values("pk")
    named = Party.objects.filter(record_id__in=held, capacity=PERSON).order_by("person_id")
    yield from named.values_list("person_id", flat=True).distinct()

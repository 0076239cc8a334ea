"""The only place that lists everything open of one person and hands it on: one act for each record, each with its own answer.

Nothing is decided here: `practice.duties` decides each reassignment inside the door, and the same lines give the preview.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from indelible.infra import canonical, clock
from indelible.kernel import acts, decisions, gates, records
from indelible.kernel.context import Context
from indelible.kernel.errors import Hidden, NotFound, Refused
from indelible.kernel.models import AccessGrant, Party, Record
from indelible.practice import absences, choosing, duties
from indelible.practice.models import Draft
from indelible.practice.queries import Viewer, case_of, visible

ACT = "reassign"
MOST = 500  # records that one page lists and one act after the other hands on


@dataclass(frozen=True, slots=True)
class Open:
    """One record on which a person has duties that may still ask for work; `duties` are their names and labels."""

    record: Record
    duties: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class OpenWork:
    """Everything open of one person: what the viewer may see, how much there is beside it, and what cannot be handed on.

    `unseen` counts records that the viewer may not see, `typed` texts that were never saved and that only the person
    can open, `roles` are those that nobody else holds: work that goes to them waits.
    """

    rows: list[Open]
    more: bool
    unseen: int
    typed: int
    roles: list[str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one record: handed on, or the refusal; `replayed` where the same request had done it before."""

    number: str
    refusal: Refused | None = None
    replayed: bool = False


def open_work(view: Viewer, person: UUID) -> OpenWork:
    """List what is open of a person over all types."""
    theirs = _theirs(person)
    seen = [one for one in (_open(view, record, person) for record in theirs.filter(visible(view))) if one]
    unseen = sum(1 for record in theirs.exclude(visible(view)) if _open(view, record, person))
    typed = Draft.objects.filter(person_id=person).count()
    return OpenWork(seen[:MOST], len(seen) > MOST, unseen, typed, _alone(view, person))


def preview(view: Viewer, number: str, *, leaver: str, to: str) -> Refused | None:
    """Give why a record could not be handed to somebody now; None where only the reason is wanting. Nothing is written."""
    record = Record.objects.filter(visible(view), number=number).first()
    if record is None:
        return _unknown(number)
    case = case_of(view, record)
    case.verb = ACT
    try:
        gates.recording(case, case.validated)
        decisions.decide(case, {"to": to, "instead_of": leaver})
    except Refused as refusal:
        return None if refusal.rule == "reason_given" else refusal
    return None


def warnings(number: str, to: str) -> list[str]:
    """Say that whoever would take a record over is away when it is due; nothing is refused by it."""
    record, heir = records.find(number), records.find(UUID(to))
    gone = absences.on(absences.of([heir.pk]), day := choosing.due_day(record))
    return [choosing.warning(heir.title, [], gone, day)] if gone else []


def hand_over(ctx: Context, chosen: Mapping[str, int | None], *, leaver: str, to: str, reason: str,
              key: str | None = None) -> Iterator[Answer]:  # fmt: skip
    """Hand on what is chosen (number: position seen), one act after the other; a refused one leaves the others alone.

    With a key the same request again does nothing twice. Raises what the database or the machine raises: what was
    answered until then is done, and the rest can be asked for again.
    """
    kinds = dict(Record.objects.filter(number__in=chosen).values_list("number", "type"))
    for number, seen in list(chosen.items())[:MOST]:
        once = canonical.sha256(f"{key} {number}").hex() if key else None
        if number not in kinds:
            yield Answer(number, _unknown(number))
            continue
        try:
            done = acts.run(
                ctx, f"{kinds[number]}.{ACT}", number, seen=seen, key=once, reason=reason, to=to, instead_of=leaver
            )
        except Refused as refusal:
            yield Answer(number, refusal)
        except (Hidden, NotFound):
            yield Answer(number, _unknown(number))
        else:
            yield Answer(number, replayed=done.replayed)


def _theirs(person: UUID) -> QuerySet[Record]:
    named = Party.objects.filter(person_id=person).values("record_id")
    return Record.objects.filter(pk__in=named).exclude(standing="past").order_by("number")


def _open(view: Viewer, record: Record, person: UUID) -> Open | None:
    found = duties.of(case_of(view, record), str(person))
    return Open(record, tuple((name, duties.label(records.type_of(record), name)) for name in found)) if found else None


def _alone(view: Viewer, person: UUID) -> list[str]:
    now = clock.now()
    held = AccessGrant.objects.filter(Q(until_at=None) | Q(until_at__gt=now), from_at__lte=now)
    mine = set(held.filter(person_id=person).values_list("role", flat=True))
    others = set(_of_active(held.exclude(person_id=person)))
    return sorted(role.label for name, role in view.configuration.roles.items() if name in mine - others)


def _of_active(held: QuerySet[AccessGrant]) -> Iterable[str]:
    active = Record.objects.filter(standing="in_force").values("pk")
    return held.filter(person_id__in=active).values_list("role", flat=True)


def _unknown(number: str) -> Refused:
    return Refused(rule="not_visible", text=f"{number} does not exist, or you may not see it.")

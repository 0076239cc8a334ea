"""What assigns and ends training by itself: revisions, curricula, roles, people and time.

Every reaction asks the same question, what should be there, and makes the difference: so it can be asked twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any
from uuid import UUID

from indelible.infra import clock
from indelible.kernel import records
from indelible.kernel.hooks import Reply, follows_later
from indelible.kernel.models import Record
from indelible.modules.training import asking, pausing
from indelible.modules.training.asking import Asked
from indelible.practice import absences
from indelible.practice.absences import Absence

BY_ITSELF = ("curriculum", "role", "revision", "retraining")
MOST = 400


@follows_later("document.approve")
@follows_later("document.take_effect")
@follows_later("document.take_effect_along")
@follows_later("document.attest")
@follows_later("document.supersede")
@follows_later("document.retire")
@follows_later("document.withdraw")
def training_follows_the_document(event: dict[str, Any]) -> Iterator[Reply]:
    """An approved revision is trained before it takes effect; training on what left force ends."""
    if _moved(event):
        yield from settle(asking.active(), among={str(records.find(event["number"]).series)})


@follows_later("curriculum.approve")
@follows_later("curriculum.supersede")
@follows_later("curriculum.retire")
def training_follows_the_curriculum(event: dict[str, Any]) -> Iterator[Reply]:
    """Whoever a curriculum means gets its training; what it no longer names stands in the one that it replaced."""
    if _moved(event):
        yield from settle(asking.active(), among=asking.series_of(records.values(records.find(event["number"]))))


@follows_later("grant.approve")
@follows_later("grant.establish")
@follows_later("grant.sleep")
@follows_later("grant.wake")
@follows_later("grant.end")
@follows_later("grant.expire")
def training_follows_the_role(event: dict[str, Any]) -> Iterator[Reply]:
    """Who gets a role gets its training; who loses one loses what nobody asks for any more."""
    named = records.values(records.find(event["number"]))["person"]["person"]
    yield from settle(Record.objects.filter(pk=UUID(named)), because="role")


@follows_later("person.activate")
@follows_later("person.reactivate")
@follows_later("person.edit")
@follows_later("person.deactivate")
@follows_later("person.leave")
def training_follows_the_person(event: dict[str, Any]) -> Iterator[Reply]:
    """Who begins, or changes department, gets the training of it; of who left, what is open ends."""
    yield from settle(Record.objects.filter(number=event["number"]), because="role")


@follows_later("absence.begin")
@follows_later("absence.edit")
@follows_later("absence.come_back")
@follows_later("absence.end")
@follows_later("absence.lapse")
@follows_later("absence.cancel")
def clocks_follow_absence(event: dict[str, Any]) -> Iterator[Reply]:
    """While somebody is away the clocks of their open training stand still; after the return they run on."""
    who = UUID(records.values(records.find(event["number"]))["person"]["person"])
    away = absences.of([who], states=pausing.COUNTED)
    verb = "pause" if any(one.running for one in away) else "resume"
    for training in asking.trainings([who]):
        if training.state in asking.OPEN and pausing.differs(training, away):
            yield Reply(f"training.{verb}", training.pk, reason=_told_by(event["number"], away))


@follows_later("training.hand_in")
def who_fails_too_often_is_helped(event: dict[str, Any]) -> Iterator[Reply]:
    """After the last attempt a trainer helps before there is another one."""
    told = event.get("note", {})
    if not told.get("passed") and told.get("left") == 0:
        yield Reply("training.coach", records.find(event["number"]).pk, reason=f"Attempt {told['attempt']} was not enough")


@follows_later("training.expire")
def training_begins_anew(event: dict[str, Any]) -> Iterator[Reply]:
    """What has run out is done again."""
    who, _ = asking.key_of(records.find(event["number"]))
    yield from settle(Record.objects.filter(pk=who))


def settle(
    people: Iterable[Record], *, because: str = "curriculum", among: Collection[str] | None = None
) -> Iterator[Reply]:
    """Give the acts that make the training of these people what the curricula ask for: assign what lacks, end what nobody asks.

    `among` names the series of the documents about which something has changed: nothing else is looked at.
    """
    known = {person.pk: person for person in people}
    there = asking.trainings(known, among)
    working = [person for person in known.values() if person.standing == "in_force"]
    asked = {one.key: one for one in asking.Curricula(clock.now()).of(working, among)}
    have = {asking.key_of(one) for one in there if one.state in (*asking.OPEN, *asking.KNOWN)}
    for key, one in asked.items():
        if key not in have:
            yield Reply("training.create", None, {"fields": _fields(one, _why(one, there, because))})
    for old in there:
        if old.state in asking.OPEN and records.values(old)["because"] in BY_ITSELF and asking.key_of(old) not in asked:
            yield Reply("training.cancel", old.pk, reason="No curriculum asks for it any more")


def _told_by(number: str, away: list[Absence]) -> str:
    """Say until when somebody is away, and nothing of why."""
    running = next((one for one in away if one.running), None)
    return f"Away by {running.number}: {running.days}" if running else f"Back at work, or not away after all: {number}"


def _moved(event: dict[str, Any]) -> bool:
    # The first of two signatures leaves the record where it was.
    return bool(event["state"] != event.get("from"))


def _why(one: Asked, there: Iterable[Record], otherwise: str) -> str:
    """Say why it is assigned: it ran out, an earlier revision was trained, or what has just happened."""
    mine = [asking.key_of(other) for other in there if other.state in (*asking.KNOWN, "expired")]
    numbers = {number for who, number in mine if who == one.person.pk}
    if one.document.number in numbers:
        return "retraining"
    return "revision" if any(number.startswith(f"{one.document.series}.") for number in numbers) else otherwise


def _fields(one: Asked, because: str) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "what": f"{one.document.number} {one.document.title}"[:MOST], "trainee": str(one.person.pk),
        "document": [one.document.number], "kind": one.kind, "because": because, "due_on": one.due_on.isoformat(),
        "before_work": one.before_work,
    }  # fmt: skip
    more = {"department": [one.person.department] if one.person.department else None, "acts": ", ".join(one.acts) or None,
            "valid_until": one.valid_until.isoformat() if one.valid_until else None}  # fmt: skip
    return fields | {name: value for name, value in more.items() if value}

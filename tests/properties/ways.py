"""Ways through the door: try an act as somebody, prove a simulated presence for it, take a record to a state.

The statement that is signed is built here a second time, from design decision D2 and not from the product's function.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from indelible.assurance.qualification.reading import ALLOWED, SIGNS, Answer, Reading, Thing
from indelible.kernel import acts, signatures
from indelible.kernel.acts import Outcome
from indelible.kernel.errors import NotFound, Refused
from indelible.kernel.models import Record
from tests.properties import separations, testimony
from tests.properties.cast import Cast, Player

REASON = "The property asks for this step"
MARKS = "SELECT (SELECT max(id) FROM event), (SELECT max(id) FROM refusal)"
HEAD = "SELECT * FROM record WHERE id = %s"
SINCE = "SELECT (SELECT count(*) FROM event WHERE id > %s), (SELECT count(*) FROM refusal WHERE id > %s)"


@dataclass(frozen=True)
class Tried:
    """What came of an attempt: the outcome or the error, and what it left behind."""

    outcome: Outcome | None
    error: Refused | NotFound | None
    events: int
    refusals: int
    moved: bool


def statement(
    reading: Reading, head: Record, act: str, to: str, meaning: str, person: Record, by: str = ""
) -> dict[str, Any]:
    """Build what a person signs, as D2 words it, and by whose delegation where it is not the own capacity."""
    said = {str(f["id"]): name for name, f in reading.fields("person").items()}
    about = {said[key]: value for key, value in person.content.items()}
    return {
        "record": head.number, "id": str(head.id), "type": head.type, "title": head.title, "revision": head.revision,
        "version": head.version, "version_sha256": bytes(head.version_sha256).hex(), "baseline": head.baseline,
        "position": head.position, "round": head.round, "act": f"{head.type}.{act}", "from": head.state, "to": to,
        "meaning": meaning, "meaning_label": reading.meanings[meaning]["label"],
        "meaning_text": reading.meanings[meaning]["text"], "signer": str(person.id), "user_id": about["user_id"],
        "printed_name": about["printed_name"], "title_of_signer": about["job_title"],
    } | ({"by_delegation": by} if by else {})  # fmt: skip


def hashed(data: dict[str, Any]) -> str:
    """Hash a statement: SHA-256 of its canonical JSON."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def presence(cast: Cast, player: Player, head: Record, act: str, meaning: str, capacity: str = "") -> UUID | None:
    """Prove that a person is present for one signature; None where there is nothing or nobody to sign."""
    move = cast.reading.moves(head.type, head.state).get(act)
    if move is None or player.ctx.person_id is None or not meaning:
        return None
    person = Record.objects.get(pk=player.ctx.person_id)
    by = _delegated(cast, player, head, capacity)
    shown = hashed(statement(cast.reading, head, act, move["to"], meaning, person, by))
    if cast.home.simulated or player.ctx.via == "token" or not player.who.active:
        return signatures.simulate(person.id, player.ctx.session, shown)
    return cast.home.presence(player.name, f"{head.type}.{act}", head.number, shown)


def _delegated(cast: Cast, player: Player, head: Record, capacity: str) -> str:
    thing = testimony.thing(cast.reading, testimony.hear(head.pk)) if player.who.delegated and capacity else None
    if thing is None or cast.reading.acts_for(capacity, player.who, thing) is None:
        return ""
    return f"for {cast.reading.roles[capacity]['label']} of {head.department} by delegation {player.who.delegation}"


def attempt(player: Player, act: str, subject: UUID | None, **given: Any) -> Tried:
    """Ask the door for an act and measure what it left behind, whatever it answered."""
    head, (event, refusal) = _head(subject), _rows(MARKS, [])
    outcome: Outcome | None = None
    error: Refused | NotFound | None = None
    try:
        outcome = acts.run(player.ctx, act, subject, **{"reason": REASON, **given})
    except (Refused, NotFound) as raised:
        error = raised
    events, refusals = _rows(SINCE, [event, refusal])
    return Tried(outcome, error, events, refusals, _head(subject) != head)


def able(cast: Cast, thing: Thing, act: str) -> tuple[Player, Answer] | None:
    """Find somebody who, by the reading, can do an act now."""
    for player in cast.players.values():
        answer = cast.reading.answer(thing.type, act, player.who, thing, home=cast.world.home)
        possible = answer.word in (ALLOWED, SIGNS) and not answer.lacks
        if possible and not separations.in_the_way(answer, thing, player.who, cast.world):
            return player, answer
    return None


def step(cast: Cast, record: UUID, act: str) -> bool:
    """Let somebody who can do an act do it once (give one of its signatures); False where nobody can."""
    thing = testimony.thing(cast.reading, testimony.hear(record))
    if (found := able(cast, thing, act)) is None:
        return False
    player, answer = found
    head = Record.objects.get(pk=record)
    proof = presence(cast, player, head, act, answer.meaning)
    acts.run(player.ctx, f"{thing.type}.{act}", record, presence=proof, seen=head.position, reason=REASON)
    return True


def path(reading: Reading, thing: Thing, state: str) -> list[str]:
    """Give the shortest declared way from where a record stands that its content leaves open: the moves in turn."""
    ways: dict[str, list[str]] = {thing.state: []}
    for here in (queue := list(ways)):
        for verb, move in reading.moves(thing.type, here).items():
            if move["to"] not in ways and reading.holds_when(move.get("when") or {}, thing):
                ways[move["to"]] = [*ways[here], verb]
                queue.append(move["to"])
    return ways[state]


def reach(cast: Cast, record: UUID, state: str) -> bool:
    """Take a record to a state by the shortest declared way; False where nobody can go on."""
    thing = testimony.thing(cast.reading, testimony.hear(record))
    for verb in path(cast.reading, thing, state):
        here = Record.objects.get(pk=record).state
        to = cast.reading.moves(thing.type, here)[verb]["to"]
        while Record.objects.get(pk=record).state != to:
            if not step(cast, record, verb):
                return False
    return True


def _head(subject: UUID | None) -> tuple[Any, ...] | None:
    if subject is None:
        return None
    field = Record._meta.pk
    with connection.cursor() as cursor:  # asked twice for each attempt, as it is stored
        cursor.execute(HEAD, [field.get_db_prep_value(subject, connection)])
        row = cursor.fetchone()
    return tuple(bytes(one) if isinstance(one, memoryview) else one for one in row) if row else None


def _rows(sql: str, given: list[int]) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        events, refusals = cursor.fetchone()
    return int(events or 0), int(refusals or 0)

"""One cell of the permission matrix: what the reading expects, what the door does, what the list of acts says."""

from __future__ import annotations

from dataclasses import dataclass

from indelible.assurance.qualification.reading import (
    ABSENT,
    ALLOWED,
    CLOSED,
    IMPOSSIBLE,
    INACTIVE,
    NO_HUMAN,
    REFUSED,
    SIGNS,
    Answer,
)
from indelible.kernel.errors import NotFound, Refused
from indelible.kernel.models import Event, Record, Signature
from indelible.practice import queries
from tests.properties import events, separations, testimony, ways
from tests.properties.cast import Cast, Player
from tests.properties.stage import FIELDS, SERIAL, Stage
from tests.properties.ways import Tried

RULES = {
    REFUSED: {"authority", "signer_authority", "token_scope"}, INACTIVE: {"active_person"},
    IMPOSSIBLE: {"declared_move", "declared_act", "fields_frozen", "one_open_revision", "nothing_due", "nothing_planned",
                 "nothing_to_confirm", "nothing_to_resolve", "second_person"},
    NO_HUMAN: {"human_signature_required"}, CLOSED: {"validated_state", "founding_wet_ink"},
}  # fmt: skip
PAPER = "certify"  # tried without a page: who may certify is asked for one


@dataclass(frozen=True)
class Cell:
    """One act by one person on the record of a stage, with the answer that the reading gives."""

    stage: Stage
    player: Player
    verb: str
    answer: Answer
    stands: frozenset[str]

    @property
    def open(self) -> bool:
        """Say whether the act must succeed."""
        return self.answer.word in (ALLOWED, SIGNS) and not self.stands

    @property
    def name(self) -> str:
        """Give the cell in words."""
        return f"{self.stage.situation}: {self.verb} by {self.player.name}"

    @property
    def kind(self) -> str:
        """Give the kind of answer, for counting."""
        return "stopped by a rule" if self.stands else self.answer.word


def read(stage: Stage, player: Player, verb: str) -> Cell:
    """Ask the reading what must happen at the door."""
    return _read(stage, player, verb, [stage.touched(verb)] if verb in ("edit", "amend") else [])


def offered(stage: Stage, player: Player, verb: str) -> Cell:
    """Ask the reading what a list of acts must offer: an amendment is offered for what is signed, if anything is."""
    assert stage.thing is not None
    frozen = {name for given in stage.thing.done for name in stage.cast.reading.covered(stage.situation.kind, given)}
    return _read(stage, player, verb, sorted(frozen)) if verb == "amend" and frozen else read(stage, player, verb)


def _read(stage: Stage, player: Player, verb: str, touched: list[str]) -> Cell:
    assert stage.thing is not None
    thing, kind, reading = stage.thing, stage.situation.kind, stage.cast.reading
    answer = reading.answer(kind, verb, player.who, thing, touched=touched, home=stage.cast.world.home)
    stands = separations.in_the_way(answer, thing, player.who, stage.cast.world)
    if answer.capacity and (absent := reading.acts_for(answer.capacity, player.who, thing)):
        stands |= separations.in_the_way(answer, thing, absent, stage.cast.world)
    stands |= {"required_fields"} if answer.lacks else set()
    possible = answer.word in (ALLOWED, SIGNS)
    return Cell(stage, player, verb, answer, frozenset(stands if possible else ()))


def compare_list(cell: Cell, listed: dict[str, queries.Possible] | None) -> list[str]:
    """Compare the list of acts that a page shows with the reading; None for a person to whom nothing is shown."""
    if listed is None:
        return [] if cell.answer.word in (ABSENT, INACTIVE) else [f"{cell.name}: nothing is shown"]
    if cell.answer.word in (ABSENT, INACTIVE):
        return [f"{cell.name}: acts are shown"]
    shown = listed.get(cell.verb)
    if shown is None:
        return [f"{cell.name}: possible, and not in the list"] if cell.open and not _unlisted(cell) else []
    faults = [] if shown.allowed == cell.open else [f"{cell.name}: listed {shown.allowed}, expected {cell.kind}"]
    if shown.allowed and cell.answer.word == SIGNS and shown.signs != cell.answer.meaning:
        faults.append(f"{cell.name}: the list says it signs {shown.signs}")
    return faults


def listed(stage: Stage, player: Player) -> dict[str, queries.Possible] | None:
    """Give the acts that a page would show to somebody; None where it shows nothing."""
    number = Record.objects.get(pk=str(stage.record)).number
    try:
        view = queries.viewer(player.ctx)
        return {possible.verb: possible for possible in queries.list_acts(view, queries.get_record(view, number))}
    except (Refused, NotFound):
        return None


def compare_door(cell: Cell) -> list[str]:
    """Try the act at the door with everything that it asks for, and compare."""
    stage = cell.stage
    given = stage.given(cell.verb)
    head = Record.objects.get(pk=str(stage.record))
    proof = ways.presence(stage.cast, cell.player, head, cell.verb, meaning_of(cell), cell.answer.capacity)
    kind = f"{stage.situation.kind}.{cell.verb}"
    tried = ways.attempt(cell.player, kind, head.id, seen=head.position, presence=proof, **given)
    stage.touched_since |= tried.outcome is not None or tried.moved
    expected = accepted if cell.open and cell.verb != PAPER else denied
    return [f"{cell.name}: {fault}" for fault in expected(cell, tried)]


def compare_creation(cast: Cast, kind: str, player: Player) -> list[str]:
    """Try to create a record of a type, and compare with the reading."""
    answer = cast.reading.answer(kind, "create", player.who, home=cast.world.home)
    fields = (
        events.basis(cast, kind, player) | FIELDS[kind] | ({"user_id": f"new{next(SERIAL)}"} if kind == "person" else {})
    )
    tried = ways.attempt(player, f"{kind}.create", None, fields=fields)
    name = f"{kind}.create by {player.name}"
    if answer.word == ALLOWED and not events.can_belong(cast, kind):
        return []
    if answer.word == ALLOWED:
        done = tried.outcome is not None and (tried.events, tried.refusals) == (1, 0)
        return [] if done else [f"{name}: {told_of(tried.error)}, expected {answer.word}"]
    rule = tried.error.rule if isinstance(tried.error, Refused) else ""
    denied = rule in RULES[answer.word] and (tried.events, tried.refusals) == (0, 1)
    return [] if denied else [f"{name}: {tried}, expected {answer.word}"]


def denied(cell: Cell, tried: Tried) -> list[str]:
    faults = []
    if tried.error is None:
        return [f"accepted, expected {cell.kind} {sorted(cell.stands)}"]
    if (tried.events, tried.refusals, tried.moved) != (0, 1, False):
        faults.append(f"left {tried.events} events, {tried.refusals} refusals, head moved: {tried.moved}")
    if isinstance(tried.error, NotFound) or cell.answer.word == ABSENT:
        right = isinstance(tried.error, NotFound) and cell.answer.word == ABSENT
        return faults if right else [*faults, f"{told_of(tried.error)}, expected {cell.kind}"]
    if cell.verb == PAPER and cell.open:
        return faults if tried.error.rule == "input" else [*faults, f"{told_of(tried.error)}, expected input"]
    found: set[str | None] = {m.rule for m in tried.error.missing} if cell.stands else {tried.error.rule}
    if found != cell.stands if cell.stands else not found <= RULES[cell.answer.word]:
        faults.append(f"{found} ({tried.error}), expected {cell.kind} {sorted(cell.stands)}")
    return faults


def accepted(cell: Cell, tried: Tried) -> list[str]:
    if tried.outcome is None:
        return [f"{told_of(tried.error)}, expected {cell.kind} {cell.answer.meaning}"]
    done = tried.outcome
    told = testimony.hear(done.record)
    following = [e for e in Event.objects.order_by("-id")[: tried.events] if f'"cause":"{done.leaf}"' in e.payload]
    faults = list(told.faults)
    if tried.events != 1 + len(following) or tried.refusals != 0:
        faults.append(f"left {tried.events} events ({len(following)} followed), {tried.refusals} refusals")
    grant = told.last["grant"]
    if (grant.get("role") or grant.get("relation") or grant["by"]) != cell.answer.capacity:
        faults.append(f"acted by {grant}, expected {cell.answer.capacity}")
    if done.state != _state_after(cell):
        faults.append(f"leads to {done.state}, expected {_state_after(cell)}")
    signed = Signature.objects.filter(record_id=done.record, position=done.position).first()
    if (signed.meaning if signed else "") != cell.answer.meaning:
        faults.append(f"signed {signed.meaning if signed else 'nothing'}, expected {cell.answer.meaning}")
    return faults


def told_of(error: Refused | NotFound | None) -> str:
    """Give an error in a few words."""
    return f"{error.rule} ({error})" if isinstance(error, Refused) else repr(error)


def _state_after(cell: Cell) -> str:
    thing, reading = cell.stage.thing, cell.stage.cast.reading
    assert thing is not None
    move = reading.moves(thing.type, thing.state).get(cell.verb)
    if move is not None:
        last = cell.answer.word == ALLOWED or len(reading.needs(thing, cell.verb)) == 1
        return str(move["to"]) if last else thing.state
    if cell.verb == "revise":
        return str(reading.types[thing.type]["initial"])
    frozen = [g.state for g in thing.done if cell.stage.touched(cell.verb) in reading.covered(thing.type, g)]
    return frozen[0] if cell.verb == "amend" and frozen else thing.state


def meaning_of(cell: Cell) -> str:
    """Give the meaning to sign; where nobody may, the one that would be asked, so that only authority is in the way."""
    thing, reading = cell.stage.thing, cell.stage.cast.reading
    assert thing is not None
    if cell.answer.meaning or cell.verb not in reading.moves(thing.type, thing.state):
        return cell.answer.meaning
    return next((meaning for meaning, _, _ in reading.needs(thing, cell.verb)), "")


def _unlisted(cell: Cell) -> bool:
    """Say whether an act is left out of lists on purpose: the system's own, and other words for listed acts."""
    return cell.player.who.id is None or cell.verb in ("unlink", "amend")

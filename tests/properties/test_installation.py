"""The installation in each of its states: who may do what with it, and what its state closes for everything else.

A real (not simulated) genesis is taken from founding to release on the declared way: two signatures on paper, whose
scans a second person certifies, then two electronic ones with user id and password.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest

from indelible.assurance.qualification.reading import Reading
from indelible.kernel.models import Record
from indelible.project import installing
from tests.homes import TestHome
from tests.properties import cast as casting
from tests.properties import cells, paper, ways
from tests.properties.cast import Cast
from tests.properties.stage import FIELDS, SERIAL, Situation, Stage

pytestmark = pytest.mark.campaign
DRAFT = Situation("document", "plain", "draft")


@pytest.fixture
def players(founding: TestHome, founding_template: TestHome) -> Cast:
    """Give a real home that is being founded, with the people who take part."""
    return casting.gather(founding, Reading(founding_template.path / "configuration"))


def test_the_installation_and_what_it_closes_follow_the_configuration_in_every_state(players: Cast) -> None:
    record = Record.objects.get(type="installation").id
    faults = [*_everybody(players, record), *_everything_else(players, Stage(players, DRAFT))]
    paper.release_stage_a(players.home)
    faults += _everybody(players, record)
    while Record.objects.get(pk=record).state == "stage_a":
        assert ways.step(players, record, "release")
    faults += _everybody(players, record)
    draft = Stage(players, DRAFT)
    assert draft.set()
    faults += _there_and_back(players, record)
    players.world.home = "suspended"
    faults += _everything_else(players, draft)

    assert not faults, f"{len(faults)} differences:\n" + "\n".join(faults[:60])


def _stage(cast: Cast, record: UUID) -> Stage:
    """Give the installation as a stage, in the state in which it is; what it closes follows it."""
    cast.world.home = Record.objects.get(pk=record).state
    installing.record_build(f"build {next(SERIAL)}")  # an upgrade is recorded whatever was signed
    stage = Stage(cast, Situation("installation", "plain", cast.world.home), record, touched_since=False)
    stage.thing = stage.now()
    return stage


def _everybody(cast: Cast, record: UUID) -> Iterator[str]:
    """Try every act that leaves the installation in its state with everybody; what moves it on is compared in the list."""
    for player in cast.players.values():
        stage = _stage(cast, record)
        listed = cells.listed(stage, player)
        for verb in stage.verbs():
            cell = cells.read(stage, player, verb)
            yield from cells.compare_list(cell, listed)
            if not (cell.open and _moves_on(stage, verb)):
                yield from cells.compare_door(cell)
            if stage.touched_since:
                stage.thing, stage.touched_since = stage.now(), False


def _moves_on(stage: Stage, verb: str) -> bool:
    move = stage.cast.reading.moves("installation", stage.situation.state).get(verb)
    return move is not None and move["to"] != stage.situation.state


def _there_and_back(cast: Cast, record: UUID) -> Iterator[str]:
    """Suspend and resume with everybody, and leave it suspended."""
    for player in cast.players.values():
        for verb in ("suspend", "resume"):
            yield from cells.compare_door(cells.read(_stage(cast, record), player, verb))
    assert ways.step(cast, record, "suspend")
    yield from _everybody(cast, record)


def _everything_else(cast: Cast, draft: Stage) -> Iterator[str]:
    """Try to create each type, and every act on a draft document, with everybody."""
    for player in cast.players.values():
        for kind in sorted(FIELDS):
            yield from cells.compare_creation(cast, kind, player)
        for verb in draft.verbs():
            assert draft.set()
            yield from cells.compare_door(cells.read(draft, player, verb))
        listed = cells.listed(draft, player) if draft.set() else {}
        for verb in draft.verbs():
            yield from cells.compare_list(cells.read(draft, player, verb), listed)

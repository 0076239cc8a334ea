"""The permission matrix: each type, state, act and person; what the YAML promises is what door and lists do.

The expected answers come from `assurance.qualification.reading`, which knows nothing of the product. All differences of a situation are
collected, so that one fault does not hide the next. A campaign tries everything with everybody. A usual run
compares the list of all acts for everybody; at the door it tries three in four of the acts that the state declares, and a few
others, in turn.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

from indelible.assurance.qualification.reading import GENERIC, Reading
from tests.properties import cells, separations
from tests.properties.cast import Cast, Player
from tests.properties.requests import VALUES
from tests.properties.stage import FIELDS, VARIANTS, Stage, situations

pytestmark = pytest.mark.campaign
EVERYTHING = os.environ.get("INDELIBLE_CAMPAIGN") == "large"
ONE_IN = 8
CASES = [(kind, variant) for kind, variants in sorted(VARIANTS.items()) for variant in variants]


def test_every_named_rule_is_read_a_second_time(reading: Reading) -> None:
    assert separations.declared(reading) <= set(separations.RULES)


def test_every_declared_type_has_its_place_in_the_matrix(reading: Reading) -> None:
    assert set(reading.types) == {*VARIANTS, "installation"}
    assert set(VALUES) >= set(VARIANTS)  # what the state machine edits


@pytest.mark.parametrize(("kind", "variant"), CASES, ids=[" ".join(case) for case in CASES])
def test_door_and_lists_do_what_the_configuration_says(kind: str, variant: str, cast: Cast) -> None:
    faults: list[str] = []
    counts: Counter[str] = Counter()
    for situation in situations(cast.reading, kind, variant):
        stage = Stage(cast, situation)
        for turn, player in enumerate(cast.players.values()):
            faults += _try(stage, player, turn, counts)
    print(f"{kind}, {variant}: {dict(counts.most_common())}")

    assert not faults, f"{len(faults)} differences:\n" + "\n".join(faults[:60])


@pytest.mark.parametrize("kind", sorted(FIELDS))
def test_who_may_create_is_who_the_configuration_names(kind: str, cast: Cast) -> None:
    faults = [fault for player in cast.players.values() for fault in cells.compare_creation(cast, kind, player)]

    assert not faults, "\n".join(faults)


def _try(stage: Stage, player: Player, turn: int, counts: Counter[str]) -> list[str]:
    faults: list[str] = []
    listed, at = None, 0
    for place, verb in enumerate(stage.verbs()):
        if not stage.set():
            return [f"{stage.situation}: nobody can bring a record there"]
        if at != stage.made:
            listed, at = cells.listed(stage, player), stage.made
        cell = cells.read(stage, player, verb)
        faults += cells.compare_list(cells.offered(stage, player, verb), listed)
        counts["in the list"] += 1
        if EVERYTHING or (_telling(stage, verb) and (turn + place) % 4) or (turn + place) % ONE_IN == 0:
            counts[f"at the door: {cell.kind}"] += 1
            faults += cells.compare_door(cell)
    return faults


def _telling(stage: Stage, verb: str) -> bool:
    """Say whether an act depends on the person here: a move of this state, or a generic act in the first variant."""
    situation, reading = stage.situation, stage.cast.reading
    if verb in reading.moves(situation.kind, situation.state):
        return verb != "restrict" or situation.variant == "rewritten"
    if verb not in GENERIC or situation.half or situation.variant != next(iter(VARIANTS[situation.kind])):
        return False
    return verb in ("edit", "amend", "revise") or situation.state == reading.types[situation.kind]["initial"]

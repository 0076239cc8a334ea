"""Who sees what: the SQL of lists, the check of a single record, the door and the links agree with the YAML's `seen_by`."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest

from indelible.assurance.qualification.reading import Thing
from indelible.kernel import authority, references
from indelible.kernel.errors import Refused
from indelible.kernel.models import Record
from indelible.practice import queries
from indelible.practice.queries import Viewer
from tests.properties import testimony
from tests.properties.cast import Cast, Player
from tests.properties.stage import VARIANTS, Stage, situations

pytestmark = pytest.mark.campaign


def test_every_person_sees_exactly_the_records_that_the_configuration_shows_them(cast: Cast) -> None:
    things = _things(cast)
    faults: list[str] = []
    for player in (p for p in cast.players.values() if p.who.active):
        faults += _compare(cast, player, things)
    print(f"{len(things)} records, {len(cast.players)} people")

    assert len({(thing.type, thing.state) for thing in things.values()}) >= 20
    assert not faults, f"{len(faults)} differences:\n" + "\n".join(faults[:60])


def test_who_is_not_active_sees_nothing(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        queries.viewer(cast.players["off"].ctx)

    assert refused.value.rule == "active_person"


def _things(cast: Cast) -> dict[UUID, Thing]:
    """Make a record in every situation, and give what each tells of itself."""
    for kind, variants in VARIANTS.items():
        for variant in variants:
            for situation in situations(cast.reading, kind, variant):
                assert Stage(cast, situation).set(), situation
    ids = Record.objects.values_list("id", flat=True)
    return {pk: testimony.thing(cast.reading, testimony.hear(pk)) for pk in ids}


def _compare(cast: Cast, player: Player, things: dict[UUID, Thing]) -> Iterator[str]:
    view = queries.viewer(player.ctx)
    expected = {pk for pk, thing in things.items() if cast.reading.sees(player.who, thing)}
    ways = {"lists": _listed(view), "one by one": _singly(view, things), "links": _linked(view)}
    for way, seen in ways.items():
        for pk in seen ^ expected:
            thing = things[pk]
            yield f"{way}: {player.name} {'sees' if pk in seen else 'does not see'} {thing.type} {thing.state} {thing.values}"


def _listed(view: Viewer) -> set[UUID]:
    found: set[UUID] = set()
    for declaration in view.configuration.types.values():
        found |= set(Record.objects.filter(authority.visible(view.ctx, declaration, view.held)).values_list("id", flat=True))
    return found


def _singly(view: Viewer, things: dict[UUID, Thing]) -> set[UUID]:
    return {r.pk for r in Record.objects.filter(pk__in=things) if authority.sees(view.ctx, r, view.held)}


def _linked(view: Viewer) -> set[UUID]:
    found: set[UUID] = set()
    for number in Record.objects.values_list("number", flat=True):
        named = references.read(view.ctx, frozenset({("record", number)}))
        found |= {head.pk for head, related in named.of(number, ()) if authority.shows(view.ctx, head, view.held, related)}
    return found

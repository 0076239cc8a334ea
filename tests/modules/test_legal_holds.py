"""Legal holds: what they cover, who places and lifts them, and what nobody withholds meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from indelible.kernel.errors import Refused
from indelible.kernel.models import Restriction
from indelible.modules.retention import keeping
from tests.homes import TestHome
from tests.modules.events import WHY, day, head, refused
from tests.modules.retaining import (
    HOLD,
    closed,
    held,
    lot,
    ruled,
    said,
)

pytestmark = pytest.mark.both


def test_a_hold_that_covers_nothing_is_not_placed(home: TestHome) -> None:
    number = home.act("rob", "legal_hold.create", fields=HOLD).number

    assert "hold_says_what_it_covers" in refused(home, "qua", "legal_hold.place", number)


@pytest.mark.parametrize("fields", [{"types": "deviations"}, {"made_from": "2026-02-01", "made_until": "2026-01-01"}])
def test_a_hold_on_what_does_not_exist_is_refused(home: TestHome, fields: dict[str, Any]) -> None:
    with pytest.raises(Refused) as caught:
        home.act("rob", "legal_hold.create", fields={**HOLD, **fields})
    assert caught.value.rule == "hold_knows_its_types"


@pytest.mark.parametrize("who", ["ann", "rob", "sys", "adm", "exe", "rea"])
def test_only_quality_lifts_a_hold(home: TestHome, who: str) -> None:
    number = held(home, closed(home))

    with pytest.raises((Refused, Exception)) as caught:
        home.sign(who, "legal_hold.lift", number, reason=WHY)
    assert not isinstance(caught.value, AssertionError)
    assert head(number).state == "in_force"


def test_who_placed_a_hold_does_not_lift_it(home: TestHome) -> None:
    number = held(home, closed(home))

    assert "hold_is_lifted_by_another" in refused(home, "qua", "legal_hold.lift", number)
    home.sign("quy", "legal_hold.lift", number, reason=WHY)
    assert head(number).state == "lifted"
    assert keeping.look().holds == []


def test_a_hold_is_lifted_with_a_reason(home: TestHome) -> None:
    number = held(home, closed(home))

    with pytest.raises(Refused) as caught:
        home.sign("quy", "legal_hold.lift", number)
    assert caught.value.rule == "reason_given"


def test_a_hold_covers_what_names_what_it_names(home: TestHome) -> None:
    ruled()
    number, other, tank = closed(home), closed(home), lot(home, day(10))
    home.act("rob", "deviation.link", number, to=tank)
    hold = held(home, tank)

    assert said(number).holds == said(tank).holds == (hold,)
    assert said(other).holds == ()


@pytest.mark.parametrize(("fields", "covered"), [
    ({"types": "deviation"}, True), ({"types": "capa"}, False), ({"made_until": "2020-01-01"}, False),
    ({"made_from": "2020-01-01"}, True), ({"types": "capa, deviation", "made_from": "2020-01-01"}, True),
    ({"types": "capa", "made_from": "2020-01-01"}, False),
])  # fmt: skip
def test_a_hold_covers_types_and_days(home: TestHome, fields: dict[str, Any], covered: bool) -> None:
    number = closed(home)
    held(home, **fields)

    assert bool(said(number).holds) is covered


def test_under_a_hold_no_content_is_withheld(home: TestHome) -> None:
    draft = home.draft()
    home.act("ann", "document.edit", draft, fields={"text": "## 1 Other"})
    held(home, draft)

    with pytest.raises(Refused) as caught:
        home.sign("qua", "document.restrict", draft, reason=WHY)
    assert caught.value.rule == "no_legal_hold_covers_them"
    assert not Restriction.objects.exists()

"""Where only an approved supplier can be chosen: each state, what is said, and what stands beside a link to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from indelible.infra import clock
from indelible.infra.home import Home
from indelible.kernel.errors import Refused
from tests import homes
from tests.faces import browsing
from tests.homes import TestHome
from tests.modules import supplies
from tests.modules.events import WHY, head, refused

DAY = timedelta(days=1)
PURCHASE = Path(__file__).parents[1] / "toy" / "purchase.yaml"


@pytest.fixture(scope="module")
def shop(engine: homes.Sqlite | homes.Postgres, tmp_path_factory: pytest.TempPathFactory) -> TestHome:
    """Build a home with a type of its own that buys."""
    engine.fresh("shop")
    made = supplies.hire(homes.build(tmp_path_factory.mktemp("shop"), types=(homes.TOY, PURCHASE)))
    engine.settle()
    return made


@pytest.fixture
def firm(
    engine: homes.Sqlite | homes.Postgres, shop: TestHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TestHome]:
    """Give a copy of that home."""
    monkeypatch.setattr(settings, "HOME", Home(tmp_path))
    with engine.copy("shop", tmp_path):
        yield TestHome(tmp_path, dict(shop.people), dict(shop.departments))
        homes.expect_whole()


@pytest.fixture
def later() -> Iterator[Callable[[timedelta], None]]:
    """Let time go by for the product."""
    yield lambda span: clock.simulate(lambda real: real + span)
    clock.simulate(None)


def bought(home: TestHome, number: str) -> str:
    return home.act("ann", "purchase.create", fields={"what": "Bags", "supplier": [number]}).number


def requalifying(home: TestHome) -> str:
    number = supplies.approved(home)
    home.act("sup", "supplier.requalify", number)
    return number


@pytest.mark.parametrize("made", [supplies.approved, supplies.conditional, requalifying])
def test_what_is_approved_can_be_chosen(firm: TestHome, made: Any) -> None:
    assert head(bought(firm, made(firm))).state == "open"


@pytest.mark.parametrize(
    ("made", "state"),
    [
        (supplies.supplier, "Proposed"),
        (supplies.qualifying, "Qualification"),
        (lambda home: supplies.suspended(home, supplies.approved(home)), "Suspended"),
    ],
)
def test_what_is_not_approved_cannot_be_chosen_and_its_state_is_said(firm: TestHome, made: Any, state: str) -> None:
    number = made(firm)
    with pytest.raises(Refused) as caught:
        bought(firm, number)

    assert caught.value.rule == "only_what_is_in_force_is_chosen"
    assert caught.value.text == (
        f"{number} Northgate Cells is in the state “{state}”: only an approved supplier can be chosen here. Choose another, or "
        "have it approved first."
    )


def test_what_was_chosen_before_it_was_suspended_does_not_keep_the_record_from_being_written(firm: TestHome) -> None:
    number = supplies.approved(firm)
    order = bought(firm, number)
    supplies.suspended(firm, number)
    firm.act("ann", "purchase.edit", order, fields={"what": "Other bags"})
    other = bought(firm, supplies.conditional(firm, name="Another"))
    with pytest.raises(Refused, match="only an approved supplier"):
        firm.act("ann", "purchase.edit", other, fields={"supplier": [number]})


def test_a_field_that_leads_anywhere_asks_for_no_approval(firm: TestHome) -> None:
    number = supplies.supplier(firm)
    made = firm.act("ann", "purchase.create", fields={"what": "Bags", "offers": [number]})
    assert made.state == "open"


def test_while_its_requalification_is_late_each_use_is_authorised_by_itself(
    firm: TestHome, later: Callable[[timedelta], None]
) -> None:
    number = supplies.approved(firm)
    order, other = bought(firm, number), bought(firm, number)
    later((731 + 29) * DAY)
    assert head(order).state == "open"
    later((731 + 32) * DAY)
    assert "no_use_of_a_late_supplier" in refused(firm, "ann", "purchase.order", order)
    firm.act("sup", "supplier.edit", number, fields={"authorised_uses": [order]})
    assert "no_use_of_a_late_supplier" in refused(firm, "ann", "purchase.order", order)
    firm.sign("qua", "supplier.authorise_use", number, WHY)
    assert firm.act("ann", "purchase.order", order).state == "ordered"
    assert "no_use_of_a_late_supplier" in refused(firm, "ann", "purchase.order", other)
    firm.act("sup", "supplier.requalify", number)
    assert "no_use_of_a_late_supplier" in refused(firm, "ann", "purchase.order", other)


@pytest.mark.parametrize(
    ("made", "word"),
    [(supplies.approved, None), (supplies.conditional, "Approved with conditions"), (supplies.supplier, "Proposed")],
)
def test_a_link_says_what_is_not_simply_approved(firm: TestHome, made: Any, word: str | None) -> None:
    number = made(firm)
    shown = firm.act("ann", "purchase.create", fields={"what": "Bags", "offers": [number]}).number
    client: Client = browsing.sign_in("ann")
    page = client.get(f"/r/{shown}").content.decode()
    beside = re.search(rf">{number}</a>(.*?)</dd>", page, re.DOTALL)

    assert beside is not None, page
    assert (word in beside[1]) if word else ("Approved" not in beside[1])

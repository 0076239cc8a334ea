"""An approved list that was kept elsewhere: suppliers come in with their numbers, proposed, and nobody is approved by a table."""

from __future__ import annotations

from pathlib import Path

import pytest

from indelible.assurance.importing import run as importing
from indelible.assurance.importing.run import Asked
from indelible.kernel import records
from indelible.kernel.context import Context
from indelible.kernel.errors import Refused
from indelible.kernel.models import Record
from tests.homes import TestHome
from tests.modules import supplies

HEAD = "Number;Name;Category;GxP;Owner;Used by;What a fault would reach;GxP data held there;Track record;Where a fault would be noticed\n"
GOOD = "SUP-007;Northgate Cells;contract maker;yes;sup;Quality Control;patients or product;none;new or unproven;not before use\n"
BAD = "SUP-08x;Trueline;calibrator;perhaps;nobody;Quality Control;neither;none;proven;in papers only\n"


def test_suppliers_come_in_as_proposed_with_their_numbers_and_their_tier(home: TestHome, tmp_path: Path) -> None:
    firm = supplies.hire(home)
    path = tmp_path / "list.csv"
    path.write_text(HEAD + GOOD, encoding="utf-8")
    importing.run(
        Context(firm.person("sup"), "import", session="import-sup"), Asked(path, tmp_path, kind="supplier"), say=print
    )
    supplies.settle()

    (found,) = Record.objects.filter(type="supplier")
    assert (found.number, found.state, found.standing) == ("SUP-007", "proposed", "in_work")
    assert records.values(found)["tier"] == "critical"


def test_what_is_wrong_in_a_row_is_named_and_the_row_stays_out(home: TestHome, tmp_path: Path) -> None:
    firm = supplies.hire(home)
    path = tmp_path / "list.csv"
    path.write_text(HEAD + BAD, encoding="utf-8")
    found = importing.examine(
        Context(firm.person("sup"), "import", session="import-sup"), Asked(path, tmp_path, kind="supplier")
    )

    assert {one.column for row in found.rows for one in row.problems} >= {"Category", "GxP", "Owner", "Number"}


@pytest.mark.parametrize("who", ["ann", "rea", "gue"])
def test_nobody_else_brings_suppliers(home: TestHome, tmp_path: Path, who: str) -> None:
    path = tmp_path / "list.csv"
    path.write_text(HEAD + GOOD, encoding="utf-8")
    with pytest.raises(Refused):
        importing.examine(
            Context(home.person(who), "import", session=f"import-{who}"), Asked(path, tmp_path, kind="supplier")
        )

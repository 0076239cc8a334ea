"""Who was given a role without signatures while an installation was founded stands on its page, for whoever releases it (11.10(d))."""

from __future__ import annotations

import pytest

from indelible.kernel.errors import Refused
from indelible.kernel.models import Record
from indelible.practice import panels
from tests.faces.browsing import sign_in, text
from tests.homes import TestHome

TITLE = "Established while it was founded"


def rows(home: TestHome, who: str = "rea") -> list[list[str]]:
    number = Record.objects.get(type="installation").number
    _, _, sheet = panels.sheet(home.view(who), "founders", of=number)
    return [[cell.text for cell in row] for table in sheet.tables for row in table.rows]


def asked(home: TestHome, to: str, role: str) -> str:
    return home.act("adm", "grant.create", fields={"person": to, "role": role, "why": "One of the first roles"}).number


def test_who_was_established_is_named_with_role_and_by_whom(founding: TestHome) -> None:
    before = len(rows(founding))
    number = asked(founding, "rea", "trainer")
    assert len(rows(founding)) == before  # asked for, and not given yet

    founding.act("adm", "grant.establish", number)

    shown = rows(founding)
    assert len(shown) == before + 1
    assert shown[-1][:3] == ["Rea Der", "Trainer", "everything"]
    assert shown[-1][4] == f"{number}, by Adm Inistrator"
    assert {"Qua Approver", "Sys Owner"} & {row[0] for row in shown}


def test_it_stands_on_the_page_of_the_installation(founding: TestHome) -> None:
    number = Record.objects.get(type="installation").number

    page = text(sign_in("rea").get(f"/r/{number}"))

    assert TITLE in page
    assert all(row[0] in page for row in rows(founding))


def test_what_is_granted_with_signatures_is_not_among_them(home: TestHome) -> None:
    before = rows(home)
    number = home.act(
        "qua", "grant.create", fields={"person": "rea", "role": "trainer", "why": "Needed for the work"}
    ).number
    home.sign("sys", "grant.approve", number)

    assert rows(home) == before
    with pytest.raises(Refused):
        home.act("adm", "grant.establish", asked(home, "bea", "trainer"))
    assert rows(home) == before

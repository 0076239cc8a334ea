"""Who the first administrator of a new home is: as told, else asked for at a terminal, else of nobody."""

from __future__ import annotations

import io

import pytest

from indelible.faces.cli import installation


@pytest.mark.engine_free
@pytest.mark.parametrize(
    ("told", "made"),
    [(("", None), ("first.admin", "First Administrator")), (("maria", None), ("maria", "First Administrator")),
     (("", "Maria Vogel"), ("maria.vogel", "Maria Vogel")), (("mv", "Maria Vogel"), ("mv", "Maria Vogel")),
     (("", "Zoë Müller-Lüdenscheidt"), ("zoe.muller.ludenscheidt", "Zoë Müller-Lüdenscheidt")),
     (("", "O’Brien, Siobhán (Ph.D.)"), ("obrien.siobhan.ph.d", "O’Brien, Siobhán (Ph.D.)")), (("", ""), ("first.admin", ""))],
)  # fmt: skip
def test_the_first_administrators_user_id_comes_from_the_name(told: tuple[str, str | None], made: tuple[str, str]) -> None:
    assert installation._first(*told, asking=False) == made


@pytest.mark.engine_free
def test_at_a_terminal_the_first_administrator_is_asked_for_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("Maria Vogel\n"))

    assert installation._first("", None, asking=True) == ("maria.vogel", "Maria Vogel")
    assert installation._first("", "Ann Lee", asking=True) == ("ann.lee", "Ann Lee"), "who was told is not asked"

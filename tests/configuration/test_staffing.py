"""Who is left to sign: a step that one absence would stop is a warning, one that stands still already an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from indelible.assurance.configuration import loader
from tests.configuration.configurations import VALID, load, replaced

pytestmark = pytest.mark.engine_free
PROCEDURE = (VALID / "types/procedure.yaml").read_text(encoding="utf-8")


def left(configuration: loader.Configuration, **holders: int) -> dict[str, tuple[int, bool]]:
    """Give who is left for each meaning that is short of people, and whether it is an error."""
    found = loader.warnings(configuration, holders)
    return {shortage.meaning: (shortage.left, shortage.error) for shortage in found}


@pytest.mark.parametrize(
    ("quality", "said"),
    [(0, (-1, True)), (1, (0, True)), (2, (1, False)), (3, None)],
)
def test_one_of_the_holders_may_be_the_author(quality: int, said: tuple[int, bool] | None) -> None:
    assert left(load(VALID), quality=quality, head=9).get("quality_approved") == said


def test_a_count_asks_for_so_many_people() -> None:
    assert left(load(VALID), quality=9, head=3) == {"approved": (2, False)}
    assert left(load(VALID), quality=9, head=2) == {"approved": (1, True)}
    assert left(load(VALID), quality=9, head=4) == {}


def test_who_can_never_be_the_author_is_not_set_aside(tmp_path: Path) -> None:
    """Authors who may not hold the signing role take nobody away from it."""
    text = PROCEDURE.replace("edit: [its_author, owner]", "edit: [author]").replace(
        "create: [author, system]", "create: [author]"
    )
    target = replaced(tmp_path / "c", "types/procedure.yaml", text.encode())
    roles = (target / "roles.yaml").read_text(encoding="utf-8")
    (target / "roles.yaml").write_text(
        roles.replace("never_with: [admin]}\nhead", "never_with: [admin, quality]}\nhead"), encoding="utf-8"
    )

    assert left(load(target), quality=2, head=9) == {}
    assert left(load(target), quality=1, head=9)["quality_approved"] == (1, False)


def test_nobody_signs_twice_in_one_step(tmp_path: Path) -> None:
    text = PROCEDURE.replace(
        "{meaning: approved, by: [head], count: 2, when: {class: [policy]}}", "{meaning: approved, by: [quality]}"
    )
    target = replaced(tmp_path / "c", "types/procedure.yaml", text.encode())

    assert left(load(target), quality=3) == {"approved": (1, False), "quality_approved": (1, False)}
    assert left(load(target), quality=2) == {"approved": (0, True), "quality_approved": (0, True)}


def test_a_signature_on_a_condition_takes_nobody_away(tmp_path: Path) -> None:
    text = PROCEDURE.replace("by: [head], count: 2, when", "by: [quality], when")
    target = replaced(tmp_path / "c", "types/procedure.yaml", text.encode())

    assert left(load(target), quality=2)["quality_approved"] == (1, False)


def test_roles_may_exclude_each_other_from_either_side(tmp_path: Path) -> None:
    """Here quality names the author, in the test above the author names quality."""
    text = PROCEDURE.replace("[its_author, owner]", "[author]")
    target = replaced(tmp_path / "c", "types/procedure.yaml", text.encode())
    roles = (target / "roles.yaml").read_text(encoding="utf-8")
    signs = "authorised], never_with: [admin"
    (target / "roles.yaml").write_text(roles.replace(signs, f"{signs}, author"), encoding="utf-8")

    assert left(load(target), quality=2, head=9) == {}


def test_nobody_is_set_aside_without_a_separating_rule() -> None:
    ticket = [s for s in loader.warnings(load(VALID), {"quality": 1}) if s.type == "ticket"]

    assert [(s.meaning, s.left, s.error) for s in ticket] == [("authorised", 1, False)]


def test_what_everybody_may_sign_is_never_short(tmp_path: Path) -> None:
    text = PROCEDURE.replace("{meaning: acknowledged, by: [readers], count: each}", "{meaning: acknowledged, by: [reader]}")
    target = replaced(tmp_path / "c", "types/procedure.yaml", text.encode())

    assert "acknowledged" not in left(load(target))


def test_people_whom_the_record_names_are_not_counted() -> None:
    assert "acknowledged" not in left(load(VALID))
    assert "authored" not in left(load(VALID))


def test_a_shortage_says_where_and_what_to_do() -> None:
    found = loader.warnings(load(VALID), {"quality": 2, "head": 9})

    assert str(found[0]) == (
        "warning: procedure.approve from in_review: 1 person is left to sign quality_approved as quality, "
        "1 needed; give the role to another person."
    )
    assert "nobody is left" in str(loader.warnings(load(VALID), {"quality": 1, "head": 9})[0])
    assert str(loader.warnings(load(VALID), {"head": 9})[0]).startswith("error: procedure.approve from in_review: nobody is")

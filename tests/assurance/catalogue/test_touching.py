"""Which requirements a changed key concerns, and which scripts test them again."""

from __future__ import annotations

from pathlib import Path

import pytest

from indelible.assurance.catalogue import scripts, touching
from indelible.assurance.configuration import keys
from indelible.assurance.configuration.differing import Difference
from indelible.assurance.drift import areas

pytestmark = pytest.mark.engine_free


@pytest.mark.parametrize(
    ("key", "concerned", "not_concerned"),
    [
        ("policies.idle_minutes", {"URS-IDN-011"}, {"URS-IDN-008"}),
        ("policies.password_length", {"URS-IDN-008"}, {"URS-IDN-011"}),
        (
            "types.capa.lifecycle.closing.moves.close.signs.quality",
            {"URS-SIG-007", "URS-SIG-010", "URS-CAP-003"},
            {"URS-DOC-001"},
        ),
        ("types.capa.lifecycle.closing.moves.close.by", {"URS-AUT-001", "URS-REC-002"}, {"URS-SIG-010"}),
        ("types.sample.fields.41.critical", {"URS-REC-006", "URS-REC-004"}, {"URS-CAP-001"}),
        ("meanings.approved.text", {"URS-SIG-003"}, {"URS-SIG-006"}),
        ("retention.keep.years", {"URS-RET-008", "URS-TRL-006"}, {"URS-SIG-003"}),
        ("roles.author.never_with", {"URS-AUT-004"}, {"URS-AUT-003"}),
        ("types.sample", {"URS-AUT-001", "URS-REC-001", "URS-REC-011", "URS-TRL-006"}, {"URS-CAP-001", "URS-IDN-011"}),
    ],
)
def test_a_key_concerns_what_names_it_what_lies_below_and_its_type(
    key: str, concerned: set[str], not_concerned: set[str]
) -> None:
    found = {*touching.requirements(key)}

    assert concerned <= found
    assert not not_concerned & found


def test_what_is_harmless_concerns_nothing() -> None:
    assert touching.requirements("types.capa.icon") == ()
    assert touching.requirements("roles.author.help") == ()


def test_a_rule_that_is_taken_away_or_added_is_concerned_and_one_that_stays_is_not() -> None:
    key = "types.sample.lifecycle.draft.moves.send.requires"
    found = touching.requirements(key, ["reviewers_are_not_authors", "no_open_comments"], ["no_open_comments"])

    assert "URS-AUT-005" in found
    assert "URS-REC-016" not in found
    added = touching.requirements(
        "types.sample", None, {"lifecycle": {"draft": {"moves": {"send": {"requires": ["no_open_comments"]}}}}}
    )
    assert "URS-REC-016" in added


def test_tests_are_scripts_where_they_ship_and_words_where_none_does(monkeypatch: pytest.MonkeyPatch) -> None:
    change = Difference("policies.idle_minutes", 15, 20)
    monkeypatch.setattr(scripts, "shipped", lambda: ())
    assert touching.of_change(change) == (("URS-IDN-011",), keys.tests(change.key))

    shipped = (
        scripts.Shipped("OQ-IDN-011", "", ("URS-IDN-011",), "OQ", True, ""),
        scripts.Shipped("OQ-9", "", ("URS-SIG-001",), "OQ", True, ""),
    )
    monkeypatch.setattr(scripts, "shipped", lambda: shipped)
    assert touching.of_change(change) == (("URS-IDN-011",), ("OQ-IDN-011",))
    assert touching.of_changes([change, change]) == (["URS-IDN-011"], ["OQ-IDN-011"])


def test_a_drift_of_the_configuration_concerns_what_its_key_concerns() -> None:
    assert areas.requirements("configuration.policies.idle_minutes") == ("URS-CFG-003", "URS-CFG-009", "URS-IDN-011")
    assert areas.requirements("guard.event_guard") == ("URS-LED-001", "URS-TRL-005")


def test_a_mark_is_read_as_text_and_one_that_is_no_plain_data_is_named(tmp_path: Path) -> None:
    file = tmp_path / "test_signing.py"
    file.write_text(
        'import nothing_of_the_kind\n@pytest.mark.cases("types")\n'
        '@pytest.mark.script("OQ-SIG-001", title="T", requirements=("URS-SIG-001", "URS-SIG-002"), negative=True)\ndef test_one(): ...\n'
        "@pytest.fixture\ndef no_script(): ...\n", "utf-8",
    )  # fmt: skip
    (one,) = scripts.read(file)
    assert (one.script, one.requirements, one.level, one.negative) == (
        "OQ-SIG-001",
        ("URS-SIG-001", "URS-SIG-002"),
        "OQ",
        True,
    )
    assert one.place == "test_signing.py:3"

    for mark in ("NAME", 'f"OQ-{1}"', '"OQ-1", requirements=names()', "", "7"):
        file.write_text(f"@pytest.mark.script({mark})\ndef test_one(): ...\n", "utf-8")
        with pytest.raises(ValueError, match=r"test_signing\.py:1: the mark of a script holds plain values"):
            scripts.read(file)

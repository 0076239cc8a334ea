"""What a record may hold: kinds, ranges, occurrence and late entry, critical values, conditions; on a toy type."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from indelible.infra import clock
from indelible.kernel.errors import Invalid, Refused
from indelible.kernel.fields import KINDS
from indelible.kernel.models import Record
from indelible.kernel.parts import KINDS as DECLARED
from tests.homes import TestHome


def sample(home: TestHome, **fields: Any) -> str:
    given = {"name": "Lot 14, bag 2", "analyst": "ann", "kind": "routine", "taken_at": clock.iso(clock.now() - timedelta(hours=1)),
             "department": home.departments["Quality Control"]}  # fmt: skip
    return home.act("ann", "sample.create", fields=given | fields, reason=fields.pop("why", "")).number


def edit(home: TestHome, number: str, **fields: Any) -> None:
    home.act("ann", "sample.edit", number, fields=fields)


def test_every_declared_kind_has_its_class() -> None:
    assert set(KINDS) == set(DECLARED)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("result", "abc", "is not a number"),
        ("result", "NaN", "finite"),
        ("result", "100.1", "between 0 and 100"),
        ("result", "-0.1", "between 0 and 100"),
        ("result", 12.5, "as text"),
        ("result", True, "as text"),
        ("measured_on", "23.11.2026", "YYYY-MM-DD"),
        ("measured_on", "2026-02-30", "YYYY-MM-DD"),
        ("measured_on", "2999-01-01", "future"),
        ("measured_on", 0, "YYYY-MM-DD"),
        ("taken_at", "2026-11-22T10:00", "offset"),
        ("taken_at", "2999-01-01T10:00+00:00", "future"),
        ("within_limits", "maybe", "yes or no"),
        ("within_limits", 1, "yes or no"),
        ("kind", "special", "choose one of"),
        ("kind", ["routine", "stability"], "choose one"),
        ("analyst", "nobody", "is nobody"),
        ("analyst", ["ann", "bea"], "one person"),
        ("witness", ["ann", "ann"], "twice"),
        ("department", "DEP-99", "does not exist"),
        ("related", ["SMP-9999"], "does not exist"),
        ("name", "x" * 81, "81 characters"),
        ("name", "a\x00b", "U+0000"),
        ("name", "a\ud800", "U+D800"),
        ("name", 7, "text"),
        ("readings", [{"place": "A", "colour": "red"}], "unknown column"),
        ("readings", [{"value": "x"}], "row 1"),
        ("readings", "A;1", "list of rows"),
        ("photo", ["0" * 64], "upload it first"),
        ("no_such_field", "x", "not a field"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_its_field_and_nothing_is_kept(
    home: TestHome, field: str, value: Any, says: str
) -> None:
    number = sample(home)

    with pytest.raises(Invalid) as invalid:
        edit(home, number, **{field: value})

    assert says in " ".join(m.text for m in invalid.value.missing)
    assert [m.field for m in invalid.value.missing] == [field]
    assert Record.objects.get(number=number).position == 1


def test_every_unfit_field_is_named_at_once(home: TestHome) -> None:
    number = sample(home)

    with pytest.raises(Invalid) as invalid:
        edit(home, number, result="x", measured_on="x", within_limits="x")

    assert {m.field for m in invalid.value.missing} == {"result", "measured_on", "within_limits"}


def test_a_late_entry_needs_a_reason_and_is_marked_with_both_times(home: TestHome) -> None:
    before = clock.iso(clock.now() - timedelta(hours=30))
    with pytest.raises(Refused, match="late"):
        sample(home, taken_at=before)

    given = {"name": "Late", "analyst": "ann", "kind": "routine", "taken_at": before}
    number = home.act("ann", "sample.create", fields=given, reason="The system was down yesterday").number

    late = Record.objects.get(number=number).marks["late"]["2"]
    assert late["occurred"] == before
    assert late["entered"] > before


def test_a_critical_value_holds_the_record_until_a_second_person_confirms_it(home: TestHome) -> None:
    number = sample(home, result="12.50", within_limits="yes")
    with pytest.raises(Refused, match="critical"):
        home.act("ann", "sample.test", number)
    with pytest.raises(Refused, match="another person confirms"):
        home.act("ann", "sample.confirm", number, field="result")

    home.act("bea", "sample.confirm", number, field="result")

    assert home.act("ann", "sample.test", number).state == "in_test"


def test_a_changed_critical_value_awaits_its_second_person_again(home: TestHome) -> None:
    number = sample(home, result="12.50")
    home.act("bea", "sample.confirm", number, field="result")
    edit(home, number, result="12.51")

    with pytest.raises(Refused, match="critical"):
        home.act("ann", "sample.test", number)


def test_a_condition_asks_for_one_signer_and_one_field_more(home: TestHome) -> None:
    number = sample(home, result="1", within_limits="yes", kind="complaint")
    home.act("bea", "sample.confirm", number, field="result")
    home.act("ann", "sample.test", number)
    with pytest.raises(Refused, match="Comment"):
        home.sign("ann", "sample.finish", number)
    edit(home, number, comment_on_result="As expected")
    home.sign("ann", "sample.finish", number)

    home.sign("rob", "sample.accept", number)
    assert home.sign("qua", "sample.accept", number).state == "in_check"
    assert home.sign("exe", "sample.accept", number).state == "accepted"


def test_signatures_in_sequence_are_given_in_that_order(home: TestHome) -> None:
    number = sample(home, result="1", within_limits="yes")
    home.act("bea", "sample.confirm", number, field="result")
    home.act("ann", "sample.test", number)
    home.sign("ann", "sample.finish", number)

    with pytest.raises(Refused, match="awaits now"):
        home.sign("qua", "sample.accept", number)


def test_a_reason_of_filler_words_is_none(home: TestHome) -> None:
    number = sample(home)
    for empty in ("", "n/a", "updated updated", "..........", "xxxxxxxxxxxx"):
        with pytest.raises(Refused, match="reason"):
            home.act("rob", "sample.reassign", number, to="bea", reason=empty)
    assert home.act("rob", "sample.reassign", number, to="bea", reason="Ann is on leave until March").position == 2


def test_an_extension_keeps_the_first_date_and_the_count(home: TestHome) -> None:
    number = sample(home)
    home.act("ann", "sample.test", number)
    first = Record.objects.get(number=number).due_at
    assert first is not None
    for _ in range(2):
        home.act("rob", "sample.extend", number, days=5, reason="The instrument is under repair")

    record = Record.objects.get(number=number)
    assert record.due_at == first + timedelta(days=10)
    assert record.marks["extended"] == {"first_due": clock.iso(first), "count": 2, "of": "in_test"}


def test_a_link_to_a_series_finds_the_revision_in_force_while_the_next_one_is_in_work(home: TestHome) -> None:
    number = home.until(home.draft(), "effective")
    home.revise("ann", number)

    assert home.act("bea", "document.create", fields={
        "title": "Labels of samples", "class": "procedure", "owner": "bea", "audience": "Laboratory",
        "department": home.departments["Quality Control"], "related": [number[:-3]],
    }).state == "draft"  # fmt: skip


def test_a_link_to_what_is_only_a_draft_of_others_is_answered_as_if_it_were_not_there(home: TestHome) -> None:
    number = home.draft()

    with pytest.raises(Invalid, match="does not exist"):
        home.act("bea", "document.create", fields={
            "title": "Labels of samples", "class": "procedure", "owner": "bea", "audience": "Laboratory",
            "department": home.departments["Quality Control"], "related": [number[:-3]],
        })  # fmt: skip

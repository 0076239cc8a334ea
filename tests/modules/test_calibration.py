"""A calibration is a record of its own: accepted by Quality it moves the day of the equipment, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from indelible.kernel import records, timers
from indelible.kernel.errors import Invalid, NotFound, Refused
from indelible.kernel.models import Signature
from indelible.kernel.work import later as months_later
from indelible.practice import lookup, raising
from tests.homes import TestHome, expect_whole
from tests.modules.events import WHY, ago, day, due, head, refused
from tests.modules.test_registers import certificate, entry, scale
from tests.modules.trained import settle

Later = Callable[[timedelta], None]


def months(day_: str, count: int) -> str:
    return months_later(date.fromisoformat(day_), count).isoformat()


def made(home: TestHome, equipment: str, who: str = "ann", **fields: Any) -> str:
    """Write a complete calibration of today, and let what is computed be computed."""
    given = {"equipment": [equipment], "name": "Balance", "performed_on": day(0), "performed_by": "bea", "certificate_number": "K-77",
             "certificate": [certificate(home, who)], "as_found": "passed", "as_left": "passed", "readings": "100.01 g of 100.00 ± 0.05 g",
             "interval_months": "12"}  # fmt: skip
    number = home.act(who, "calibration.create", fields=given | fields).number
    settle()
    return number


def submitted(home: TestHome, equipment: str, **fields: Any) -> str:
    number = made(home, equipment, **fields)
    home.sign("ann", "calibration.submit", number)
    return number


def accepted(home: TestHome, equipment: str, **fields: Any) -> str:
    number = submitted(home, equipment, **fields)
    home.sign("rob", "calibration.accept", number)
    settle()
    return number


def deviation(home: TestHome, calibration: str, *, submit: bool = True) -> str:
    """Begin a deviation from a calibration as the page offers it, and report it."""
    taken = raising.taken_over(home.view("bea"), "deviation", calibration)
    given = {"occurred_at": ago(minutes=5), "discovered_at": ago(minutes=1), "place": "Room 2", "immediate_action": "Label put on",
             "product_or_lot": "none", "reporter": "bea"}  # fmt: skip
    number = home.act("bea", "deviation.create", fields=taken | given, reason=WHY).number
    if submit:
        home.act("bea", "deviation.submit", number)
    return number


def test_an_accepted_calibration_moves_the_day_in_the_register(home: TestHome) -> None:
    equipment = scale(home, days=5)

    number = accepted(home, equipment)

    values = records.values(head(equipment))
    assert (values["calibrated_on"], values["calibration_due"]) == (day(0), months(day(0), 12))
    assert values["calibration"] == [{"number": number}]
    assert (head(equipment).state, due(equipment)) == ("calibrated", months(day(0), 12))
    assert head(number).state == "accepted"
    told = [
        (one.meaning, one.printed_name) for one in Signature.objects.filter(record_id=head(number).pk).order_by("position")
    ]
    assert told == [("performed", "Ann Author"), ("verified", "Rob Reviewer")]
    assert number in [one.number for one in lookup.list_children(home.view("rea"), head(equipment))]
    expect_whole()


def test_what_was_overdue_is_in_use_again_once_it_is_accepted(home: TestHome, later: Later) -> None:
    equipment = scale(home, days=5)
    later(timedelta(days=7))
    timers.run_due()
    number = submitted(home, equipment)
    assert head(equipment).state == "not_calibrated"  # a calibration that nobody accepted brings nothing back

    home.sign("rob", "calibration.accept", number)
    settle()

    assert (head(equipment).state, due(equipment)) == ("calibrated", months(day(0), 12))


def test_it_falls_overdue_again_on_the_day_that_was_computed(home: TestHome, later: Later) -> None:
    equipment = scale(home)
    accepted(home, equipment, interval_months="1")
    later(timedelta(days=33))
    timers.run_due()

    assert head(equipment).state == "not_calibrated"


def test_what_is_out_of_use_gets_its_day_and_stays_out_of_use(home: TestHome) -> None:
    equipment = entry(home, "equipment", calibrated=True)
    accepted(home, equipment)
    assert (head(equipment).state, records.values(head(equipment))["calibration_due"]) == ("out_of_use", months(day(0), 12))

    home.sign("qua", "equipment.have_calibrated", equipment)
    home.act("ann", "equipment.calibrate", equipment)  # its proof is the calibration

    assert head(equipment).state == "calibrated"


def test_the_next_day_is_computed_and_nobody_types_another_one(home: TestHome) -> None:
    number = made(home, scale(home), performed_on="2026-01-31", interval_months="1")
    assert records.values(head(number))["next_due"] == "2026-02-28"

    home.act("ann", "calibration.edit", number, fields={"next_due": "2099-01-01"})
    assert "next_day_follows_from_interval" in refused(home, "ann", "calibration.submit", number)
    settle()

    assert records.values(head(number))["next_due"] == "2026-02-28"


# What it takes


@pytest.mark.parametrize("name", ["certificate", "certificate_number", "as_found", "as_left", "readings", "interval_months"])
def test_nothing_is_submitted_without_its_proof_and_result(home: TestHome, name: str) -> None:
    lacking: dict[str, Any] = {name: None}

    assert "required_fields" in refused(home, "ann", "calibration.submit", made(home, scale(home), **lacking))


@pytest.mark.parametrize("fields", [{"equipment": None}, {"performed_on": None}, {"performed_on": "2099-01-01"}, {"interval_months": "0"},
                                    {"interval_months": "121"}, {"as_found": "nearly"}])  # fmt: skip
def test_what_cannot_be_is_not_written(home: TestHome, fields: dict[str, Any]) -> None:
    equipment = scale(home) if "equipment" not in fields else ""
    with pytest.raises(Invalid):
        made(home, equipment, **{name: value for name, value in fields.items() if name != "equipment"})


@pytest.mark.parametrize("fields", [{"performed_by": None}])
def test_somebody_did_it(home: TestHome, fields: dict[str, Any]) -> None:
    assert "somebody_calibrated_it" in refused(home, "ann", "calibration.submit", made(home, scale(home), **fields))


def test_the_interval_is_that_of_the_register(home: TestHome) -> None:
    equipment = entry(home, "equipment", calibrated=True, interval_months="6")

    assert "interval_is_of_its_equipment" in refused(home, "ann", "calibration.submit", made(home, equipment))
    assert submitted(home, equipment, interval_months="6")


def test_what_needs_no_calibration_or_is_retired_has_none(home: TestHome) -> None:
    plain, retired = entry(home, "equipment"), entry(home, "equipment", calibrated=True)
    late = submitted(home, retired)
    home.sign("qua", "equipment.retire", retired, reason=WHY)

    assert "equipment_is_calibrated_at_all" in refused(home, "ann", "calibration.submit", made(home, plain))
    assert "equipment_is_calibrated_at_all" in refused(home, "ann", "calibration.submit", made(home, retired))
    assert "equipment_is_calibrated_at_all" in refused(home, "rob", "calibration.accept", late)


@pytest.mark.parametrize("who", ["rea", "adm", "gue", "exe", "doc"])
def test_who_holds_no_role_for_it_writes_none(home: TestHome, who: str) -> None:
    with pytest.raises((Refused, NotFound)):
        made(home, scale(home), who)


# Who accepts


@pytest.mark.parametrize("who", ["ann", "bea", "qua", "hed", "sys", "exe", "adm"])
def test_nobody_but_quality_operations_accepts(home: TestHome, who: str) -> None:
    assert "signer_authority" in refused(home, who, "calibration.accept", submitted(home, scale(home)))


def test_who_calibrated_does_not_accept_it(home: TestHome) -> None:
    number = submitted(home, scale(home), performed_by="rob")

    assert "calibration_is_accepted_by_another" in refused(home, "rob", "calibration.accept", number)


def test_who_wrote_it_does_not_accept_it(home: TestHome) -> None:
    number = made(home, scale(home), "rob")
    home.sign("rob", "calibration.submit", number)

    assert {"approver_is_not_author", "verifier_is_not_doer"} <= refused(home, "rob", "calibration.accept", number)


def test_an_older_calibration_moves_no_day_back(home: TestHome) -> None:
    equipment = scale(home)
    older = submitted(home, equipment, performed_on=day(-40))
    accepted(home, equipment)

    assert "no_later_calibration_is_accepted" in refused(home, "rob", "calibration.accept", older)
    assert due(equipment) == months(day(0), 12)


def test_one_whose_next_is_overdue_already_brings_nothing_back(home: TestHome) -> None:
    equipment = entry(home, "equipment", calibrated=True)
    number = submitted(home, equipment, performed_on=day(-90), interval_months="1")

    assert "calibration_still_holds" in refused(home, "rob", "calibration.accept", number)


def test_a_returned_one_moves_nothing(home: TestHome) -> None:
    equipment = scale(home, days=5)
    home.act("rob", "calibration.return", submitted(home, equipment), reason=WHY)
    settle()

    assert due(equipment) == day(5)


# What failed


def test_what_failed_as_found_is_a_deviation_before_it_is_accepted(home: TestHome) -> None:
    equipment = scale(home, days=5)
    number = submitted(home, equipment, as_found="failed", readings="100.31 g of 100.00 ± 0.05 g", place="Room 2")
    assert "failed_as_found_has_its_deviation" in refused(home, "rob", "calibration.accept", number)
    draft = deviation(home, number, submit=False)
    values = records.values(head(draft))
    assert (values["title"], values["what_happened"], values["affected_records"]) == (
        "Balance", "100.31 g of 100.00 ± 0.05 g", [{"number": number}])  # fmt: skip
    assert "failed_as_found_has_its_deviation" in refused(home, "rob", "calibration.accept", number)

    home.act("bea", "deviation.submit", draft)
    home.sign("rob", "calibration.accept", number)
    settle()

    assert due(equipment) == months(day(0), 12)


def test_a_deviation_that_became_void_or_names_another_calibration_is_none(home: TestHome) -> None:
    number, other = submitted(home, scale(home), as_found="failed"), submitted(home, scale(home), as_found="failed")
    deviation(home, other)
    gone = deviation(home, number)
    home.sign("qua", "deviation.void", gone, reason=WHY)

    assert "failed_as_found_has_its_deviation" in refused(home, "rob", "calibration.accept", number)


def test_what_failed_as_left_is_out_of_use_at_once_and_is_never_accepted(home: TestHome) -> None:
    equipment = scale(home)
    number = submitted(home, equipment, as_found="failed", as_left="failed")
    assert head(equipment).state == "not_calibrated"

    assert "declared_move" in refused(home, "rob", "calibration.accept", number)
    assert "failed_as_found_has_its_deviation" in refused(home, "rob", "calibration.conclude", number)
    deviation(home, number)
    home.sign("rob", "calibration.conclude", number)
    settle()

    assert (head(number).state, head(equipment).state) == ("not_passed", "not_calibrated")
    assert records.values(head(equipment))["calibration"] is None


def test_what_was_not_measured_as_found_is_no_failure(home: TestHome) -> None:
    equipment = entry(home, "equipment", calibrated=True)

    assert head(accepted(home, equipment, as_found="not measured")).state == "accepted"


# The register


@pytest.mark.parametrize(
    "fields", [{"calibration_due": 400}, {"calibration_due": 400, "calibrated_on": -1}, {"calibration_due": None}]
)
@pytest.mark.parametrize("who", ["ann", "rob"])
def test_no_person_moves_the_day_of_the_register(home: TestHome, who: str, fields: dict[str, Any]) -> None:
    equipment = scale(home)
    accepted(home, equipment)
    given = {name: day(value) if isinstance(value, int) else value for name, value in fields.items()}

    with pytest.raises(Refused) as refusal:
        home.act(who, "equipment.edit", equipment, fields=given | {"certificate": [certificate(home, who)]})

    assert refusal.value.rule == "calibration_has_its_proof"


@pytest.mark.parametrize("act", ["take_over", "fail"])
@pytest.mark.parametrize("who", ["ann", "rob", "qua", "adm"])
def test_no_person_makes_the_moves_of_the_system(home: TestHome, who: str, act: str) -> None:
    with pytest.raises(Refused) as refusal:
        home.act(who, f"equipment.{act}", scale(home), reason=WHY)

    assert refusal.value.rule == "authority"


def test_it_is_begun_from_the_equipment(home: TestHome) -> None:
    equipment = entry(home, "equipment", calibrated=True, interval_months="6")

    taken = raising.taken_over(home.view("ann"), "calibration", equipment)

    assert taken == {"equipment": [{"number": equipment}], "name": "Pump", "place": "Room 2", "interval_months": "6"}
    assert "calibration" in [one.type for one in raising.list_beginnings(home.view("ann"), head(equipment))]

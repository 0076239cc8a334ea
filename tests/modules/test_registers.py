"""Registers: who keeps them, what a change of status takes, calibration that comes up and is overdue, lots that expire."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from indelible.infra import clock
from indelible.kernel import records, timers
from indelible.kernel.errors import Invalid, NotFound, Refused
from indelible.kernel.models import Task
from indelible.practice import raising, uploads
from tests.homes import TestHome
from tests.modules.events import WHY, day, due, head, refused

SIMPLE: dict[str, dict[str, Any]] = {
    "process": {"name": "Filling"}, "study": {"name": "Safety in mice", "code": "T-12", "kind": "non-clinical"},
    "equipment": {"name": "Pump", "asset": "P-7", "place": "Room 2", "owner": "ann", "calibrated": False}, "lot": {"lot_number": "L-24-007"},
}  # fmt: skip


def entry(home: TestHome, register: str, who: str = "rob", **fields: Any) -> str:
    """Make an entry of a register."""
    given = SIMPLE[register] | ({"product": entry_of_product(home)} if register == "lot" else {})
    return home.act(who, f"{register}.create", fields=given | fields).number


def entry_of_product(home: TestHome) -> str:
    return home.act("rob", "product.create", fields={"name": "HLC-101"}).number


def scale(home: TestHome, days: int = 200, **fields: Any) -> str:
    """Bring a balance of Ann's into use; its next calibration is due in some days."""
    number = entry(home, "equipment", name="Balance", calibrated=True)
    home.sign("qua", "equipment.have_calibrated", number)
    home.act("ann", "equipment.edit", number, fields=made(home, days) | fields)
    home.act("ann", "equipment.calibrate", number)
    return number


def made(home: TestHome, days: int, who: str = "ann") -> dict[str, Any]:
    """Say that a calibration was made today and the next one is due in some days."""
    return {"calibrated_on": day(0), "calibration_due": day(days), "certificate": [certificate(home, who)]}


def certificate(home: TestHome, who: str = "ann") -> str:
    return uploads.receive(home.people[who], "certificate.csv", [f"{clock.now()}".encode()]).sha256


@pytest.mark.parametrize("kind", sorted(SIMPLE))
@pytest.mark.parametrize("who", ["ann", "rea", "hed", "qua", "gue"])
def test_an_entry_is_made_by_quality_operations_and_by_nobody_else(home: TestHome, kind: str, who: str) -> None:
    with pytest.raises((Refused, Invalid)):
        entry(home, kind, who)


@pytest.mark.parametrize(("kind", "name"), [("study", "code"), ("study", "kind"), ("equipment", "asset"), ("equipment", "owner"),
                                            ("equipment", "calibrated"), ("lot", "product"), ("lot", "lot_number"), ("process", "name")])  # fmt: skip
def test_an_entry_is_not_made_without_what_identifies_it(home: TestHome, kind: str, name: str) -> None:
    lacking: dict[str, Any] = {name: None}
    with pytest.raises((Refused, Invalid)):
        entry(home, kind, **lacking)


@pytest.mark.parametrize(
    ("kind", "act"), [("process", "retire"), ("study", "retire"), ("equipment", "retire"), ("lot", "hold")]
)
@pytest.mark.parametrize("who", ["rob", "ann", "exe", "hed", "adm"])
def test_a_change_of_status_is_signed_by_the_quality_unit(home: TestHome, kind: str, act: str, who: str) -> None:
    number = entry(home, kind)
    before = head(number).state
    with pytest.raises((Refused, NotFound)):
        home.sign(who, f"{kind}.{act}", number, reason=WHY)

    assert head(number).state == before
    assert home.sign("qua", f"{kind}.{act}", number, reason=WHY).state != before


@pytest.mark.parametrize("kind", sorted(SIMPLE))
def test_everybody_reads_the_registers(home: TestHome, kind: str) -> None:
    assert home.view("rea").configuration.type(kind).lifecycle[head(entry(home, kind)).state].seen_by == ["reader"]


# --- calibration ----------------------------------------------------------------------------------------------------------


def test_calibration_comes_up_as_work_of_the_owner_a_month_ahead(home: TestHome) -> None:
    number = scale(home)
    task = Task.objects.get(record_id=head(number).pk, move="calibrate", capacity="owner")

    assert due(number) == day(200)
    assert task.person_id == home.person("ann")
    assert clock.now() + timedelta(days=169) < task.from_at < clock.now() + timedelta(days=171)


def test_what_is_not_calibrated_has_no_such_work_and_no_day(home: TestHome) -> None:
    number = entry(home, "equipment")
    home.sign("qua", "equipment.put_into_use", number)

    assert (head(number).state, head(number).due_at) == ("active", None)
    assert not Task.objects.filter(record_id=head(number).pk).exists()


@pytest.mark.parametrize(
    "fields", [{"calibration_due": None}, {"certificate": None}, {"calibrated_on": None}, {"calibration_due": "2020-01-01"}]
)
def test_nothing_is_used_as_calibrated_without_its_calibration(home: TestHome, fields: dict[str, Any]) -> None:
    number = entry(home, "equipment", calibrated=True)
    with pytest.raises(Refused):
        home.sign("qua", "equipment.put_into_use", number)
    home.sign("qua", "equipment.have_calibrated", number)
    home.act("ann", "equipment.edit", number, fields=made(home, 100) | fields)

    assert "calibration_is_ahead" in refused(home, "ann", "equipment.calibrate", number)
    assert head(number).state == "not_calibrated"


def test_a_calibration_that_was_not_made_is_overdue_by_itself(home: TestHome, later: Any) -> None:
    number = scale(home, days=5)
    later(timedelta(days=4))
    timers.run_due()
    assert head(number).state == "calibrated"
    later(timedelta(days=2))
    timers.run_due()

    assert (head(number).state, records.state_of(head(number)).label) == ("not_calibrated", "Not calibrated")
    assert due(number) < day(0)


@pytest.mark.parametrize(
    "names", [["calibration_due"], ["calibration_due", "calibrated_on"], ["calibration_due", "certificate"]]
)
def test_the_day_changes_only_with_a_calibration_and_its_certificate(home: TestHome, names: list[str], later: Any) -> None:
    number = scale(home)
    later(timedelta(days=100))
    fields = {name: value for name, value in made(home, 365).items() if name in names}
    with pytest.raises((Refused, Invalid)) as caught:
        home.act("ann", "equipment.edit", number, fields=fields)

    assert "calibration_has_its_proof" in {one.rule for one in caught.value.missing}


@pytest.mark.parametrize("who", ["ann", "rob"])
def test_nobody_writes_another_day_into_the_register(home: TestHome, who: str, later: Any) -> None:
    number = scale(home, days=5)
    for days in (2, 33):
        later(timedelta(days=days))
        timers.run_due()
        with pytest.raises(Refused) as refusal:
            home.act(who, "equipment.edit", number, fields=made(home, 365, who))
        assert refusal.value.rule == "calibration_has_its_proof"
    assert "calibration_is_ahead" in refused(home, "ann", "equipment.calibrate", number)


@pytest.mark.parametrize("who", ["bea", "hed", "qua", "rea", "adm"])
def test_nobody_else_says_that_it_was_calibrated(home: TestHome, who: str) -> None:
    number = scale(home)
    with pytest.raises((Refused, NotFound)):
        home.act(who, "equipment.calibrate", number)


def test_who_moves_it_to_another_place_has_quality_look_again(home: TestHome) -> None:
    number = scale(home)
    with pytest.raises((Refused, Invalid)):
        home.act("ann", "equipment.amend", number, fields={"place": "Room 9"}, reason=WHY)
    home.act("rob", "equipment.amend", number, fields={"place": "Room 9"}, reason=WHY)

    assert head(number).state == "out_of_use"


def test_anybody_responsible_takes_it_out_and_only_quality_puts_it_back(home: TestHome) -> None:
    number = scale(home)
    home.act("ann", "equipment.take_out", number, reason=WHY)
    with pytest.raises((Refused, NotFound)):
        home.sign("ann", "equipment.have_calibrated", number)

    assert home.sign("qua", "equipment.have_calibrated", number).state == "not_calibrated"


# --- lots -----------------------------------------------------------------------------------------------------------------


def test_a_lot_goes_from_process_to_its_disposition_with_quality_at_each_step(home: TestHome) -> None:
    number = entry(home, "lot")
    home.sign("qua", "lot.quarantine", number)
    home.sign("qua", "lot.hold", number, reason=WHY)
    with pytest.raises(Refused):
        home.sign("qua", "lot.note_disposition", number)  # without saying what it was
    home.sign("qua", "lot.note_disposition", number, reason="Released on 2 May by Q. Quality, record BR-7")

    assert head(number).state == "dispositioned"
    assert home.sign("quy", "lot.hold", number, reason=WHY).state == "on_hold"


@pytest.mark.parametrize("act", ["note_disposition"])
def test_a_lot_in_process_has_no_disposition(home: TestHome, act: str) -> None:
    number = entry(home, "lot")
    with pytest.raises((Refused, NotFound)):
        home.sign("qua", f"lot.{act}", number, reason=WHY)


def test_nobody_lifts_a_hold_by_an_amendment(home: TestHome) -> None:
    number = entry(home, "lot", expires_on=day(10))
    home.sign("qua", "lot.hold", number, reason=WHY)
    with pytest.raises((Refused, Invalid)):
        home.act("rob", "lot.amend", number, fields={"expires_on": day(400)}, reason=WHY)

    assert head(number).state == "on_hold"


def test_a_later_expiry_is_approved_by_quality_again(home: TestHome) -> None:
    number = entry(home, "lot", expires_on=day(10))
    home.sign("qua", "lot.quarantine", number)
    home.act("rob", "lot.amend", number, fields={"expires_on": day(400)}, reason=WHY)

    assert head(number).state == "in_process"


@pytest.mark.parametrize("state", ["in_process", "quarantine", "on_hold"])
def test_a_lot_expires_on_its_day_in_every_state(home: TestHome, state: str, later: Any) -> None:
    number = entry(home, "lot", expires_on=day(10))
    if state != "in_process":
        home.sign("qua", f"lot.{'hold' if state == 'on_hold' else state}", number, reason=WHY)
    later(timedelta(days=9))
    timers.run_due()
    assert head(number).state == state
    later(timedelta(days=2))
    timers.run_due()

    assert head(number).state == "expired"


def test_records_point_at_the_registers(home: TestHome) -> None:
    lot, study, device = entry(home, "lot"), entry(home, "study"), scale(home)
    view = home.view("rea")

    assert raising.taken_over(view, "deviation", lot) == {"lots": [{"number": lot}], "product_or_lot": "L-24-007"}
    assert raising.taken_over(view, "deviation", device) == {"affected_records": [{"number": device}], "place": "Room 2"}
    for kind, name, number in (
        ("complaint", "lots", study),
        ("complaint", "study_record", lot),
        ("deviation", "lots", device),
    ):
        field = home.view("rea").configuration.type(kind).field(name)
        assert field is not None
        assert head(number).type not in field.to

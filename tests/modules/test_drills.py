"""Restore drills and continuity exercises: who files what, who signs, and what each refuses."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from indelible.assurance import drilling
from indelible.assurance.drilling import Difference, Drill
from indelible.infra import clock
from indelible.kernel import acts, config, records
from indelible.kernel.case import Case
from indelible.kernel.context import SYSTEM
from indelible.kernel.errors import Invalid, Refused
from indelible.kernel.models import Record, Task
from indelible.modules.drills import counting, schedules
from indelible.modules.validation import readiness
from indelible.practice import queries
from tests.homes import TestHome
from tests.modules.events import WHY, ago, change, head, refused, used
from tests.modules.supplies import settle

TOLD = {"sha256": "a" * 64, "position": 41, "manifest": {"made": "2026-11-30T18:00:00.000000Z", "build": "0.1.0"}}
COMPARED = {"records": 20, "versions": 31, "events": 42, "signatures": 5, "files": 2}
LOST = Difference("DEV-001", "title", "The record says other things here than in the backup.")
ENTERED = {
    "performed_by": "ann",
    "copy_from": "Brought back from the machine in Columbus",
    "looked_at": "SOP-001, as printed",
}


def filed(*differences: Difference) -> str:
    """File a drill as the command does; gives the record's number."""
    number = drilling.file(Drill(dict(COMPARED), list(differences), ahead=7, seconds=12.4), TOLD)
    assert number is not None
    return number


def entered(home: TestHome, number: str, **fields: Any) -> str:
    home.act("adm", "restore_drill.edit", number, fields=ENTERED | fields)
    return number


def passed(home: TestHome) -> str:
    number = entered(home, filed())
    home.sign("sys", "restore_drill.close", number)
    home.sign("qua", "restore_drill.close", number)
    return number


# --- filing -------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("home")
def test_a_drill_is_filed_by_the_system_with_its_figures() -> None:
    number = filed()

    values = records.values(head(number))
    assert (head(number).state, head(number).author_id) == ("performed", None)
    assert {values[f"compared_{name}"] for name in COMPARED} == {str(count) for count in COMPARED.values()}
    assert (values["outcome"], values["position"], values["ahead"], values["seconds"]) == ("identical", "41", "7", "12")
    assert values["because"] == "run by hand"


@pytest.mark.usefixtures("home")
def test_the_one_that_is_due_is_filled_and_no_second_one_made() -> None:
    due = [
        acts.run(SYSTEM, "restore_drill.create", fields={"title": f"Drill {n}", "because": "half-yearly"}).number
        for n in (1, 2)
    ]

    assert [filed(), filed()] == due
    assert filed() not in due


def work(home: TestHome, who: str) -> list[tuple[str, str]]:
    """Give what waits for somebody, by move and record."""
    return [(task.move, record.number) for task, record in queries.list_work(home.view(who))]


def test_a_drill_without_figures_is_not_performed(home: TestHome) -> None:
    number = acts.run(SYSTEM, "restore_drill.create", fields={"title": "Due", "because": "half-yearly"}).number

    for who in ("adm", "sys"):
        assert "drill_has_figures" in refused(home, who, "restore_drill.perform", number)
        assert ("perform", number) in work(home, who)
    for who in ("rob", "qua", "ann"):
        assert not [move for move, record in work(home, who) if record == number]
    assert head(number).state == "due"


@pytest.mark.parametrize(
    ("name", "value"), [("outcome", "identical"), ("differences", "0"), ("position", "99"), ("seconds", "1")]
)
def test_nobody_types_the_figures(home: TestHome, name: str, value: str) -> None:
    number = acts.run(SYSTEM, "restore_drill.create", fields={"title": "Due", "because": "half-yearly"}).number
    with pytest.raises(Refused) as caught:
        home.act("sys", "restore_drill.edit", number, fields={name: value})
    assert "figures_come_from_the_drill" in {one.rule for one in caught.value.missing} | {caught.value.rule}


def test_nobody_makes_a_difference_disappear(home: TestHome) -> None:
    number = filed(LOST)
    for given in ({"outcome": "identical"}, {"differences": "0"}, {"difference_list": None}):
        with pytest.raises(Refused) as caught:
            home.act("adm", "restore_drill.edit", number, fields=given)
        assert "figures_come_from_the_drill" in {one.rule for one in caught.value.missing} | {caught.value.rule}
    assert "DEV-001, title" in records.values(head(number))["difference_list"]


# --- signing ------------------------------------------------------------------------------------------------------------


def test_a_drill_is_verified_by_the_system_owner_and_then_approved_by_quality(home: TestHome) -> None:
    number = passed(home)

    meanings = [(one["meaning"], one["person"]) for one in head(number).signed["done"]]
    assert meanings == [("verified", str(home.person("sys"))), ("quality_approved", str(home.person("qua")))]
    assert head(number).state == "closed"


def test_quality_does_not_approve_before_it_was_verified(home: TestHome) -> None:
    number = entered(home, filed())
    refused(home, "qua", "restore_drill.close", number)
    assert head(number).state == "performed"


@pytest.mark.parametrize("who", ["adm", "ann", "rob", "exe"])
def test_who_enters_or_has_another_role_signs_nothing(home: TestHome, who: str) -> None:
    number = entered(home, filed())
    refused(home, who, "restore_drill.close", number)
    refused(home, who, "restore_drill.fail", number)
    assert (head(number).state, head(number).signed.get("open", [])) == ("performed", [])


def test_who_performed_it_neither_verifies_nor_approves_it(home: TestHome) -> None:
    number = entered(home, filed(), performed_by="sys")
    assert "performer_does_not_sign" in refused(home, "sys", "restore_drill.close", number)
    other = entered(home, filed(), performed_by="qua")
    home.sign("sys", "restore_drill.close", other)
    assert "performer_does_not_sign" in refused(home, "qua", "restore_drill.close", other)
    home.sign("quy", "restore_drill.close", other)
    assert head(other).state == "closed"


def test_who_wrote_in_it_does_not_verify_it(home: TestHome) -> None:
    number = filed()
    home.act("sys", "restore_drill.edit", number, fields=ENTERED)
    assert "approver_is_not_author" in refused(home, "sys", "restore_drill.close", number)


@pytest.mark.parametrize("name", ["performed_by", "copy_from", "looked_at"])
def test_it_does_not_pass_without_what_people_enter(home: TestHome, name: str) -> None:
    number = entered(home, filed(), **{name: None})
    assert "required_fields" in refused(home, "sys", "restore_drill.close", number)


def test_a_drill_that_found_differences_does_not_pass(home: TestHome) -> None:
    number = entered(home, filed(LOST))
    assert "drill_found_no_difference" in refused(home, "sys", "restore_drill.close", number)
    assert "required_fields" in refused(home, "sys", "restore_drill.fail", number), "without its incident"


def test_one_that_failed_names_its_incident_and_opens_another_drill(home: TestHome) -> None:
    number, now = filed(LOST), clock.iso(clock.now())
    incident = acts.run(SYSTEM, "incident.create", fields={
        "title": "Differences", "what": "The backup holds more", "occurred_at": now, "detected_at": now,
        "kind": "integrity or tamper", "system": "This one", "source": "automatic"}).number  # fmt: skip
    entered(home, number, incident=[incident])
    home.sign("sys", "restore_drill.fail", number, reason=WHY)
    assert head(number).state == "performed", "one signature is not enough"
    home.sign("qua", "restore_drill.fail", number, reason=WHY)
    settle()

    (other,) = Record.objects.filter(type="restore_drill", state="due")
    assert head(number).state == "failed"
    assert records.values(other)["because"] == "a drill failed"


# --- coming back --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("day", "period"), [(date(2031, 1, 1), "2031-H1"), (date(2031, 6, 30), "2031-H1"), (date(2031, 7, 1), "2031-H2")]
)
def test_a_restore_is_tried_each_half_year(day: date, period: str) -> None:
    (due,) = schedules.restores_are_tried(day)

    assert (due.kind, due.period) == ("restore_drill", period)


@pytest.mark.usefixtures("home")
def test_one_that_was_opened_in_the_half_year_is_enough_and_a_void_one_is_not(home: TestHome) -> None:
    today = clock.now().date()
    number = acts.run(SYSTEM, "restore_drill.create", fields={"title": "Due", "because": "half-yearly"}).number
    assert list(schedules.restores_are_tried(today)) == []
    home.sign("qua", "restore_drill.void", number, reason=WHY)
    assert len(list(schedules.restores_are_tried(today))) == 1


@pytest.mark.usefixtures("home")
def test_continuity_is_practised_once_a_year() -> None:
    today = clock.now().date()
    (due,) = schedules.continuity_is_practised(today)
    assert due.period == str(today.year)
    acts.run(SYSTEM, "continuity_exercise.create", fields=dict(due.fields))
    assert list(schedules.continuity_is_practised(today)) == []


@pytest.mark.usefixtures("home")
def test_what_is_due_is_work_of_people_who_may_do_it() -> None:
    number = acts.run(SYSTEM, "restore_drill.create", fields={"title": "Due", "because": "half-yearly"}).number

    assert {task.capacity for task in Task.objects.filter(record_id=head(number).pk)} >= {"sysadmin"}
    assert head(number).due_at is not None


def test_a_restored_installation_is_drilled_again_once(home: TestHome) -> None:
    installation = Record.objects.get(type="installation")
    for _ in range(2):
        acts.run(SYSTEM, "installation.note_restore", installation.id, reason="Restored from a backup")
        settle()

    (due,) = Record.objects.filter(type="restore_drill", state="due")
    assert records.values(due)["because"] == "backup or host changed"
    assert home.simulated


@pytest.mark.parametrize(("kind", "ours", "asked"), [
    ("computer system", True, 1), ("computer system", False, 0), ("equipment", True, 0),
])  # fmt: skip
def test_a_change_of_this_system_asks_for_a_drill_and_another_one_does_not(
    lab: TestHome, kind: str, ours: bool, asked: int
) -> None:
    system = "SYS-001"
    number = change(lab, kind=kind, **({"sources": [system]} if ours else {}))
    lab.sign("ann", "change.submit", number)
    lab.sign("hed", "change.assess", number)
    for who in ("hed", "qua", *(["sys"] if kind == "computer system" else [])):
        lab.sign(who, "change.approve", number)
    lab.sign("qua", "change.close", used(lab, number))
    settle()

    assert Record.objects.filter(type="restore_drill").count() == asked


# --- continuity ---------------------------------------------------------------------------------------------------------

HELD = {"people": ["bea"], "scenario": "The host is away", "set_used": "Of last night, in the cupboard", "on_paper": "1"}
JUDGED = {"found": "The forms were found at once", "conclusion": "work can go on"}


def incident(home: TestHome, **span: float) -> str:
    """Report something that happened so long ago."""
    at = ago(**span)
    return home.act("rea", "incident.create", reason=WHY, fields={
        "title": "On paper", "what": "Written on paper during the exercise", "occurred_at": at, "detected_at": at, "kind": "availability",
        "system": "This one", "source": "person", "reporter": "rea"}).number  # fmt: skip


def exercise(home: TestHome, **fields: Any) -> str:
    """Open an exercise that began three hours ago and has ended an hour ago, led by Rob."""
    number = acts.run(SYSTEM, "continuity_exercise.create", fields={"title": "Exercise"}).number
    given = HELD | {"owner": "rob", "began_at": ago(hours=3), "ended_at": ago(hours=1)}
    home.act("rob", "continuity_exercise.edit", number, fields=given | fields)
    return number


def held(home: TestHome, **fields: Any) -> str:
    number = exercise(home, **fields)
    home.act("rob", "continuity_exercise.hold", number)
    settle()
    home.act("rob", "continuity_exercise.edit", number, fields=JUDGED)
    return number


def closed(home: TestHome, number: str) -> str:
    for who in ("sys", "qua"):
        home.sign(who, "continuity_exercise.close", number)
    return head(number).state


def test_what_was_entered_afterwards_is_counted_and_nothing_else(home: TestHome) -> None:
    inside = incident(home, hours=2)
    incident(home, minutes=5)
    incident(home, hours=5)
    number = held(home)

    values = records.values(head(number))
    assert (values["late_entries"], values["late_list"]) == ("1", inside)
    assert closed(home, number) == "closed"


@pytest.mark.usefixtures("home")
def test_without_hours_nothing_is_counted() -> None:
    assert counting.entered_afterwards(None, None) == []


def test_an_exercise_is_not_closed_without_its_count(home: TestHome) -> None:
    incident(home, hours=2)
    number = exercise(home)
    home.act("rob", "continuity_exercise.hold", number)
    home.act("rob", "continuity_exercise.edit", number, fields=JUDGED)

    assert "late_entries_are_counted" in refused(home, "sys", "continuity_exercise.close", number)


def test_what_is_entered_after_the_count_has_to_be_counted_again(home: TestHome) -> None:
    incident(home, hours=2)
    number = held(home, on_paper="2")
    incident(home, hours=2)
    assert "late_entries_are_counted" in refused(home, "sys", "continuity_exercise.close", number)
    home.act("rob", "continuity_exercise.count", number)
    settle()
    assert closed(home, number) == "closed"


def test_nobody_types_the_count(home: TestHome) -> None:
    number = held(home, on_paper="5")
    with pytest.raises(Refused) as caught:
        home.act("rob", "continuity_exercise.edit", number, fields={"late_entries": "5"})
    assert "counts_are_the_systems" in {one.rule for one in caught.value.missing} | {caught.value.rule}


@pytest.mark.parametrize("reason", ["n/a", "x"])
def test_where_paper_and_system_differ_it_is_said_why(home: TestHome, reason: str) -> None:
    incident(home, hours=2)
    number = held(home, on_paper="3")
    home.act("rob", "continuity_exercise.edit", number, fields={"difference_reason": reason})
    assert "paper_agrees_or_says_why" in refused(home, "sys", "continuity_exercise.close", number)
    home.act("rob", "continuity_exercise.edit", number, fields={"difference_reason": "Two forms were of another day"})
    assert closed(home, number) == "closed"


def test_gaps_are_followed_up(home: TestHome) -> None:
    number = held(home, on_paper="0")
    home.act("rob", "continuity_exercise.edit", number, fields={"conclusion": "with gaps"})
    assert "gaps_are_followed_up" in refused(home, "sys", "continuity_exercise.close", number)


@pytest.mark.parametrize("leader", ["sys", "qua"])
def test_who_led_it_signs_nothing(home: TestHome, leader: str) -> None:
    number = held(home, on_paper="0")
    home.act("rob", "continuity_exercise.edit", number, fields={"owner": leader})
    if leader == "qua":
        home.sign("sys", "continuity_exercise.close", number)
    assert "leader_does_not_sign" in refused(home, leader, "continuity_exercise.close", number)


def test_an_exercise_ends_after_it_began(home: TestHome) -> None:
    number = exercise(home, ended_at=ago(hours=4))
    assert "exercise_has_ended" in refused(home, "rob", "continuity_exercise.hold", number)


def test_it_is_not_closed_by_the_administrator_or_by_one_alone(home: TestHome) -> None:
    number = held(home, on_paper="0")
    refused(home, "adm", "continuity_exercise.close", number)
    home.sign("sys", "continuity_exercise.close", number)
    assert head(number).state == "performed"
    refused(home, "sys", "continuity_exercise.close", number)
    assert head(number).state == "performed"


def test_hours_are_not_in_the_future(home: TestHome) -> None:
    number = acts.run(SYSTEM, "continuity_exercise.create", fields={"title": "Exercise"}).number
    with pytest.raises(Invalid, match=r"future|later"):
        home.act("rob", "continuity_exercise.edit", number, fields={"ended_at": clock.iso(clock.now() + timedelta(hours=1))})


def test_the_release_of_this_system_rests_on_the_last_drill_that_ended(home: TestHome) -> None:
    system = Case(
        home.people["sys"], "release", config.current().type("gxp_system"), config.current(), clock.now(),
        Record(type="gxp_system", number="SYS-001"), None,
    )  # fmt: skip
    assert "indelible drill" in str(readiness.restore_tested(system)), "nothing was tried"
    passed(home)
    assert readiness.restore_tested(system) is None
    number, now = filed(LOST), clock.iso(clock.now())
    incident = acts.run(SYSTEM, "incident.create", fields={
        "title": "Differences", "what": "The backup holds more", "occurred_at": now, "detected_at": now,
        "kind": "integrity or tamper", "system": "This one", "source": "automatic"}).number  # fmt: skip
    entered(home, number, incident=[incident])
    for who in ("sys", "qua"):
        home.sign(who, "restore_drill.fail", number, reason=WHY)
    assert number in str(readiness.restore_tested(system)), "the last one failed"

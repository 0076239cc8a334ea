"""A role sleeps while the personnel file lacks what it asks for, says so by every way, and wakes with it (211.25(a), Annex 11-2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from indelible.infra import clock
from indelible.kernel import acts, timers
from indelible.kernel.context import SYSTEM
from indelible.kernel.models import AccessGrant, Record, Task
from indelible.modules.people import personnel
from indelible.practice import access, queries
from tests.faces.calling import caller
from tests.homes import TestHome
from tests.modules.events import day, head, refused
from tests.modules.files import filed, granted, holds, item, practice_of, told
from tests.modules.trained import curriculum, in_force, mine, settle
from tests.properties import paper


def test_a_role_that_is_granted_without_its_file_sleeps_and_says_what_lacks(home: TestHome) -> None:
    number = granted(home, "bea", "trainer")

    assert head(number).state == "asleep"
    assert not holds(home, "bea", "trainer")
    refusal = told(home, "bea", "training.create", fields=practice_of("ann"))
    assert refusal.rule == "role_is_awake"
    assert (
        str(refusal)
        == f"Your role Trainer sleeps since {day(0)}: there is no job description in force; bring one to the personnel file."
    )
    assert [one.text for one in refusal.missing] == [
        "There is no job description in force; bring one to the personnel file.",
        "There is no CV in force; bring one to the personnel file.",
    ]
    assert Record.objects.get(pk=home.person("bea")).number in refusal.do


def test_it_gives_no_right_either_before_anybody_has_looked(home: TestHome) -> None:
    made = acts.run(SYSTEM, "grant.create", fields={"person": "bea", "role": "trainer", "why": "Needed for the work"})
    acts.run(SYSTEM, "grant.establish", made.record)

    assert head(made.number).state == "active"
    assert not holds(home, "bea", "trainer")
    assert not AccessGrant.objects.filter(record_id=made.record).exists()


def test_a_grant_that_is_signed_sleeps_in_the_same_way(home: TestHome) -> None:
    number = home.act(
        "hed", "grant.create", fields={"person": "rea", "role": "trainer", "why": "Needed for the work"}
    ).number
    home.sign("sys", "grant.approve", number)
    settle()

    assert head(number).state == "asleep"
    home.complete("rea", "trainer")
    settle()
    assert head(number).state == "active"
    assert AccessGrant.objects.get(record_id=head(number).pk).granted_by == home.person("sys")


def test_lists_offer_nothing_for_a_sleeping_role_and_say_why(home: TestHome) -> None:
    number = granted(home, "bea", "trainer")
    draft = home.act("rob", "training.create", fields=practice_of("bea")).number

    assert "quiz" in {one.type for one in queries.list_creatable(home.view("ann"))}  # by another role
    assert "training" not in {one.type for one in queries.list_creatable(home.view("bea"))}
    offered = {one.verb: one for one in queries.list_acts(home.view("bea"), head(draft))}
    assert offered["edit"].allowed  # as the trainee
    wake = next(one for one in queries.list_acts(home.view("bea"), head(number)) if one.verb == "wake")
    assert wake.refusal is not None
    assert "no job description" in wake.refusal.missing[0].text


def test_the_interface_for_programs_refuses_for_the_same_reason(home: TestHome) -> None:
    granted(home, "bea", "trainer")

    answer = caller(home, "bea").create("training", **practice_of("ann"))

    assert (answer.status_code, answer.json()["rule"]) == (403, "role_is_awake")
    assert "There is no CV in force" in answer.json()["missing"][1]["text"]


def test_a_right_that_another_role_gives_is_not_touched(home: TestHome) -> None:
    granted(home, "rob", "trainer")  # rob is of quality operations, with a complete file: awake
    granted(home, "ann", "trainer")

    assert home.draft("ann")  # as author, which asks for nothing
    refusal = told(home, "ann", "grant.create", fields={"person": "bea", "role": "author", "why": "Needed for the work"})
    assert refusal.rule == "authority"  # a trainer could not do it either


def test_a_role_that_asks_for_nothing_never_sleeps(home: TestHome) -> None:
    for user, role in (("rea", "author"), ("rea", "executive")):
        granted(home, user, role)
        assert holds(home, user, role)


def test_it_wakes_by_itself_when_the_last_item_is_signed(home: TestHome) -> None:
    number = granted(home, "bea", "trainer")
    filed(home, "bea", "cv")
    assert head(number).state == "asleep"

    job = item(home, "bea", "job_description")
    home.sign("bea", "personnel_item.agree", job)
    settle()
    refusal = told(home, "bea", "training.create", fields=practice_of("ann"))
    assert [one.text for one in refusal.missing] == [
        f"The job description {job} is not signed yet by the manager, Exe Cutive."
    ]

    home.sign("exe", "personnel_item.agree", job)
    settle()

    assert head(number).state == "active"
    assert home.act("bea", "training.create", fields=practice_of("ann")).state == "assigned"


def test_the_items_of_another_person_wake_nothing(home: TestHome) -> None:
    number = granted(home, "bea", "trainer")

    filed(home, "ann")

    assert head(number).state == "asleep"


def test_an_item_that_runs_out_reminds_its_person_for_thirty_days_and_puts_the_role_to_sleep_after_its_last(
    home: TestHome, later: Callable[[timedelta], None]
) -> None:
    number = granted(home, "bea", "trainer")
    (cv, _) = (*filed(home, "bea", "cv", valid_until=day(60)), *filed(home, "bea", "job_description"))
    other = granted(home, "bea", "author")

    def asked(user: str) -> set[str]:
        return {record.number for _, record in queries.list_work(home.view(user))}

    assert cv not in asked("bea")
    later(timedelta(days=29))
    assert cv not in asked("bea")
    later(timedelta(days=2))
    assert cv in asked("bea")
    assert cv not in asked("exe") | asked("qua") | asked("ann")
    (task,) = Task.objects.filter(record_id=head(cv).pk)
    assert task.person_id == home.person("bea")

    later(timedelta(days=29))  # its last day
    timers.run_due()
    assert holds(home, "bea", "trainer")
    later(timedelta(days=1))
    timers.run_due()  # nothing else has to run: the role sleeps in the same act

    assert (head(cv).state, head(number).state, head(other).state) == ("expired", "asleep", "active")
    refusal = told(home, "bea", "training.create", fields=practice_of("ann"))
    assert refusal.missing[0].text.startswith(f"The CV {cv} was valid until ")
    assert asked("bea") >= {number}

    filed(home, "bea", "cv", valid_until=day(300))
    assert head(number).state == "active"
    assert number not in asked("bea")


def test_a_newer_one_takes_the_place_of_the_older_and_the_role_does_not_sleep_between(home: TestHome) -> None:
    number = granted(home, "bea", "trainer")
    first = filed(home, "bea")
    since = head(number).position

    second = filed(home, "bea")

    assert [head(one).state for one in first + second] == ["superseded"] * 2 + ["in_force"] * 2
    assert (head(number).state, head(number).position) == ("active", since)


def test_what_is_voided_puts_every_role_that_asks_for_it_to_sleep_at_once(home: TestHome) -> None:
    one, two = granted(home, "bea", "trainer"), granted(home, "bea", "internal_auditor")
    job, _ = filed(home, "bea")
    assert [head(number).state for number in (one, two)] == ["active"] * 2

    home.sign("qua", "personnel_item.void", job, reason="It was the job description of somebody else")

    assert [head(number).state for number in (one, two)] == ["asleep"] * 2
    assert not home.view("bea").held or all(held.role == "author" for held in home.view("bea").held)


def test_the_same_role_for_two_departments_sleeps_and_wakes_for_both(home: TestHome) -> None:
    numbers = [granted(home, "bea", "dept_approver", one) for one in home.departments.values()]
    assert [head(number).state for number in numbers] == ["asleep"] * 2

    filed(home, "bea")

    assert {held.scope for held in home.view("bea").held if held.role == "dept_approver"} == {*home.departments.values()}


def test_a_delegation_ends_when_the_role_sleeps_on_which_it_rests(home: TestHome) -> None:
    given = {"person": "hed", "deputy": "tek", "role": "dept_approver", "department": home.departments["Quality Control"],
             "begins": day(0), "until": day(10), "why": "Away at the contract manufacturer"}  # fmt: skip
    for loser in ("hed", "tek"):
        number = home.act("hed", "delegation.create", fields=given).number
        home.sign("hed", "delegation.offer", number)
        home.sign("tek", "delegation.accept", number)
        (cv,) = [one.number for one in personnel.items(home.person(loser))
                 if (one.state, personnel.kind_of(one)) == ("in_force", "cv")]  # fmt: skip

        home.sign("qua", "personnel_item.void", cv, reason="It is the CV of somebody else")

        assert head(number).state == "ended"
        assert not any(held.delegation for held in home.view("tek").held)
        filed(home, loser, "cv")


def test_a_leaver_has_no_role_that_sleeps_and_nothing_in_force(home: TestHome) -> None:
    number = granted(home, "bea", "trainer")
    (cv,), draft = filed(home, "bea", "cv"), item(home, "bea", "job_description")

    acts.run(home.people["adm"], "person.deactivate", home.person("bea"), reason="Left the company this week")

    assert [head(one).state for one in (number, cv, draft)] == ["ended", "ended", "withdrawn"]
    acts.run(home.people["adm"], "person.reactivate", home.person("bea"), reason="Back with a new contract")
    again = granted(home, "bea", "trainer")
    assert head(again).state == "asleep"  # the former file is over


def test_who_had_which_role_on_a_day_stays_true(home: TestHome, later: Callable[[timedelta], None]) -> None:
    granted(home, "bea", "trainer", until=day(300))
    filed(home, "bea", "cv")
    filed(home, "bea", "job_description", valid_until=day(3))
    moments = [clock.now()]
    later(timedelta(days=5))
    timers.run_due()
    settle()
    moments.append(clock.now())
    later(timedelta(days=5))
    (job,) = filed(home, "bea", "job_description")
    moments.append(clock.now())
    later(timedelta(days=5))
    home.sign("qua", "personnel_item.void", job, reason="It is the job description of somebody else")
    moments.append(clock.now())

    held = [
        [row["role"] for row in access.told(at) if row["user_id"] == "bea" and row["role"] == "trainer"] for at in moments
    ]

    assert held == [["trainer"], [], ["trainer"], []]
    spans = AccessGrant.objects.filter(person_id=home.person("bea"), role="trainer").order_by("from_at")
    assert [span.until_at is not None and span.until_at < clock.now() for span in spans] == [True, True]
    assert spans[0].from_at < spans[0].until_at < moments[1] < spans[1].from_at  # type: ignore[operator]


def test_a_role_ends_on_its_last_day_also_in_its_sleep(home: TestHome, later: Callable[[timedelta], None]) -> None:
    number = granted(home, "bea", "trainer", until=day(5))

    later(timedelta(days=7))
    timers.run_due()

    assert head(number).state == "ended"
    filed(home, "bea")
    assert not holds(home, "bea", "trainer")


def test_the_person_may_ask_for_it_and_is_told_what_lacks_and_nobody_else_wakes_it(home: TestHome) -> None:
    number = granted(home, "bea", "trainer")

    assert refused(home, "bea", "grant.wake", number) - {None} == {"file_is_complete"}
    home.file("bea")  # nobody has looked yet
    for other in ("ann", "exe", "sys", "adm", "qua"):
        assert refused(home, other, "grant.wake", number) - {None} == {"authority"}
    assert home.act("bea", "grant.wake", number).state == "active"
    assert AccessGrant.objects.get(record_id=head(number).pk).granted_by is None  # nobody grants by waking: the system did


@pytest.mark.parametrize("who", ["bea", "adm", "sys", "qua", "exe"])
def test_no_person_puts_a_role_to_sleep(home: TestHome, who: str) -> None:
    filed(home, "bea")
    number = granted(home, "bea", "trainer")

    assert refused(home, who, "grant.sleep", number) - {None} == {"authority"}


def test_a_sleeping_role_still_excludes_what_it_excludes(home: TestHome) -> None:
    granted(home, "rea", "trainer")
    number = home.act(
        "hed", "grant.create", fields={"person": "rea", "role": "sysadmin", "why": "Looks after the server"}
    ).number

    assert "roles_do_not_conflict" in refused(home, "exe", "grant.approve", number)


def test_training_for_a_sleeping_role_is_assigned_and_not_taken_away(home: TestHome) -> None:
    document = in_force(home)
    curriculum(home, document, roles=["trainer"], everybody=False)
    granted(home, "bea", "trainer")

    assert [one.state for one in mine(home, "bea", of=document)] == ["assigned"]
    filed(home, "bea")
    assert [one.state for one in mine(home, "bea", of=document)] == ["assigned"]


def test_nothing_sleeps_while_an_installation_is_founded_and_what_lacks_then_sleeps_from_its_release_on(
    founding: TestHome,
) -> None:
    home = founding
    number = granted(home, "bea", "trainer")
    assert head(number).state == "active"
    assert holds(home, "bea", "trainer")
    paper.release_stage_a(home)
    assert holds(home, "qua", "qa_approver")
    home.file("hed")
    for who in ("sys", "quy"):
        home.sign(who, "installation.release", "INS-001", reason="Summary report VAL-001 approved")
    settle()

    assert holds(home, "hed", "dept_approver")  # whose file was brought before the release
    assert holds(home, "exe", "executive")
    assert holds(home, "ann", "author")
    for user, role in (("bea", "trainer"), ("qua", "qa_approver"), ("sys", "system_owner"), ("tek", "dept_approver")):
        assert not holds(home, user, role)
    filed(home, "qua")  # by two people whose rights do not sleep: the person, and management
    assert holds(home, "qua", "qa_approver")

"""Periodic review: opened by its date or by what happened, collected by the system, concluded and signed by three people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from indelible.infra import clock
from indelible.kernel import acts, records
from indelible.kernel.context import SYSTEM
from indelible.kernel.errors import Refused
from indelible.kernel.models import Record
from indelible.modules.periodic_reviews import collecting, rules, schedules
from indelible.practice import scheduled
from tests import homes
from tests.homes import TestHome
from tests.modules import reports
from tests.modules import validating as ways
from tests.modules.events import day, head
from tests.modules.trained import settle

Later = Callable[[timedelta], None]
WHY = "The text says something else than was seen"


def today() -> date:
    return collecting.day_of(clock.now())


def opened(home: TestHome, by: str = "val", **fields: Any) -> str:
    """Open a review by hand and let the system collect; gives its number."""
    given = {
        "title": "Review of the laboratory's system",
        "system": [ways.OF],
        "owner": "sys",
        "cause": "other",
        "due_on": day(30),
    }
    number = home.act(by, "periodic_review.create", fields=given | fields).number
    settle()
    return number


def values(number: str) -> dict[str, Any]:
    return records.values(head(number))


def topics(number: str) -> dict[str, dict[str, Any]]:
    return {row["topic"]: row for row in values(number)["topics"]}


def concluded(home: TestHome, number: str, by: str = "val", **fields: Any) -> str:
    """Conclude every topic, and the whole."""
    rows = [{**row, "conclusion": "fine", "comment": "Looked at with the laboratory"} for row in values(number)["topics"]]
    given = {"topics": rows, "conclusion": "remains fit", "conclusion_because": "Nothing speaks against it",
             "missing_because": "Begun now, each with its owner"}  # fmt: skip
    home.act(by, "periodic_review.edit", number, fields=given | fields)
    return number


def row(home: TestHome, number: str, topic: str, by: str = "val", **cells: Any) -> None:
    """Write cells of one topic's line."""
    rows = [{**one, **(cells if one["topic"] == topic else {})} for one in values(number)["topics"]]
    home.act(by, "periodic_review.edit", number, fields={"topics": rows})


def submitted(home: TestHome, **fields: Any) -> str:
    number = concluded(home, opened(home), **fields)
    home.sign("val", "periodic_review.submit", number)
    return number


def closed(home: TestHome, **fields: Any) -> str:
    number = submitted(home, **fields)
    for who in ("sys", "qua"):
        home.sign(who, "periodic_review.approve", number)
    return number


def refused(home: TestHome, who: str, act: str, number: str, reason: str = "") -> set[str]:
    with pytest.raises(Refused) as told:
        home.sign(who, f"periodic_review.{act}", number, reason=reason)
    return {told.value.rule, *(one.rule or "" for one in told.value.missing)}


def test_figures_are_collected_by_the_system(running: TestHome) -> None:
    number = opened(running)

    found, said = topics(number), values(number)
    assert list(found) == [one.name for one in collecting.topics(head(ways.OF), collecting.Period(today(), today()))]
    assert found["changes"]["found"] == "Begun: 0, ended: 0, open: 0."
    assert found["open test deviations"]["found"] == "None is open."
    assert found["training"]["found"] == "On its procedures: 1 of 1 done, 0 late."
    assert found["procedures in force"]["found"].startswith("In force: SOP-")
    assert found["patches and support ends"]["found"] == collecting.UNKNOWN
    assert (said["until_on"], said["from_on"]) == (today().isoformat(), today().isoformat())
    assert (said["build"], said["baseline"], said["validated"]) == ("4.2", "-", "In use")


def test_what_belongs_to_the_system_is_counted_and_nothing_else(running: TestHome) -> None:
    running.act("ann", "incident.create", fields={
        "title": "Down", "what": "It did not answer for an hour", "occurred_at": clock.iso(clock.now()),
        "detected_at": clock.iso(clock.now()), "kind": "availability", "system": "laboratory SYSTEM", "source": "person"})  # fmt: skip
    running.act("ann", "incident.create", fields={
        "title": "Else", "what": "Another one did not answer", "occurred_at": clock.iso(clock.now()),
        "detected_at": clock.iso(clock.now()), "kind": "availability", "system": "Freezers", "source": "person"})  # fmt: skip

    found = topics(opened(running))["incidents"]["found"]

    assert found == "Begun: 1 (INC-001), ended: 0, open: 1 (INC-001)."


def test_what_should_have_happened_and_did_not_is_listed(running: TestHome) -> None:
    missing = values(opened(running))["missing"]

    assert "Access reviews:" in missing
    assert "Continuity exercise:" in missing


def test_figures_and_dates_are_written_by_the_system_alone(running: TestHome) -> None:
    number = opened(running)
    rows = values(number)["topics"]
    for changed in ({"until_on": day(-5)}, {"due_on": day(60)}, {"missing": "Nothing"}, {"build": "9"},
                    {"topics": [{**rows[0], "found": "All is well"}, *rows[1:]]}, {"topics": rows[1:]},
                    {"topics": [*rows, {"topic": "weather", "found": "fine"}]}):  # fmt: skip
        with pytest.raises(Refused) as told:
            running.act("val", "periodic_review.edit", number, fields=changed)
        assert "collected_lines_stay" in {one.rule for one in told.value.missing} | {told.value.rule}, changed


@pytest.mark.parametrize(("cells", "word"), [
    ({"conclusion": None}, "give a conclusion"),
    ({"conclusion": "not applicable", "comment": ""}, "say under Comment"),
    ({"conclusion": "action needed", "comment": "It was late three times"}, "begin it"),
    ({"conclusion": "action needed", "comment": "It was late three times", "follow_up": "CHG-999"}, "begin it"),
    ({"conclusion": "action needed", "comment": "It was late three times", "follow_up": "SYS-002"}, "begin it"),
])  # fmt: skip
def test_every_topic_is_concluded_and_what_is_needed_was_begun(running: TestHome, cells: dict[str, Any], word: str) -> None:
    number = concluded(running, opened(running))
    row(running, number, "changes", **cells)

    with pytest.raises(Refused) as told:
        running.sign("val", "periodic_review.submit", number)

    (missing,) = [one for one in told.value.missing if one.rule == "every_topic_concluded"]
    assert missing.text.startswith("Topic changes: ")
    assert word in missing.text


def test_what_the_product_does_not_know_needs_a_comment_even_where_it_is_fine(running: TestHome) -> None:
    number = concluded(running, opened(running))
    row(running, number, "performance against targets", comment="ok")

    assert "every_topic_concluded" in refused(running, "val", "submit", number)


def test_a_needed_action_is_the_record_that_was_begun(running: TestHome) -> None:
    number = concluded(running, opened(running))
    change = running.act("val", "change.create", fields={"title": "A newer version", "kind": "computer system"}).number
    row(running, number, "changes", conclusion="action needed", comment="Support of 4.2 ends", follow_up=change)

    assert running.sign("val", "periodic_review.submit", number).state == "in_approval"


def test_what_is_missing_is_answered(running: TestHome) -> None:
    number = concluded(running, opened(running), missing_because="n/a")

    assert "missing_is_answered" in refused(running, "val", "submit", number)


def test_people_sign_figures_that_are_of_now(running: TestHome, later: Later) -> None:
    number = concluded(running, opened(running))
    later(timedelta(days=rules.FRESH + 1))

    assert "collected_lately" in refused(running, "val", "submit", number)
    running.act("val", "periodic_review.collect", number)
    settle()
    assert values(number)["until_on"] == today().isoformat()
    assert running.sign("val", "periodic_review.submit", number).state == "in_approval"


def test_a_conclusion_stands_beside_the_figures_that_it_was_about(running: TestHome) -> None:
    number = concluded(running, opened(running))
    running.act("val", "change.create", fields={"title": "A newer version", "kind": "computer system"})
    running.act("ann", "incident.create", fields={
        "title": "Down", "what": "It did not answer for an hour", "occurred_at": clock.iso(clock.now()),
        "detected_at": clock.iso(clock.now()), "kind": "availability", "system": "SYS-002", "source": "person"})  # fmt: skip

    running.act("val", "periodic_review.collect", number)
    settle()

    found = topics(number)
    assert found["incidents"].get("conclusion") is None, "its figures are others now"
    assert found["changes"]["conclusion"] == "fine"


def test_three_people_sign(running: TestHome) -> None:
    homes.give(running, "sys", ["validation"])
    number = concluded(running, opened(running))
    running.sign("sys", "periodic_review.submit", number)

    assert "three_people_review" in refused(running, "sys", "approve", number)


def test_who_concluded_does_not_approve(running: TestHome) -> None:
    homes.give(running, "qua", ["validation"])
    number = concluded(running, opened(running), by="qua")
    running.sign("val", "periodic_review.submit", number)

    assert "approver_is_not_author" in refused(running, "qua", "approve", number)


@pytest.mark.parametrize("who", ["ann", "rob", "hed", "adm"])
def test_nobody_else_closes_it(running: TestHome, who: str) -> None:
    number = submitted(running)

    assert refused(running, who, "approve", number)
    assert head(number).state == "in_approval"


def test_a_closed_review_renews_the_entry_of_its_system(running: TestHome, later: Later) -> None:
    before = head(ways.OF).due_at
    later(timedelta(days=100))

    number = closed(running)

    assert head(number).state == "closed"
    after = head(ways.OF).due_at
    assert before is not None
    assert after is not None
    assert (after - before).days in range(98, 103)
    assert collecting.begins(head(ways.OF)) == today()


def test_what_is_not_fit_is_suspended_first(running: TestHome) -> None:
    number = submitted(running, conclusion="not fit", conclusion_because="Values were lost twice in this quarter")
    for who in ("sys", "qua"):
        assert "unfit_is_suspended" in refused(running, who, "approve", number)

    running.sign("quy", "gxp_system.suspend", ways.OF, reason="Values were lost twice")

    running.sign("sys", "periodic_review.approve", number)
    assert running.sign("qua", "periodic_review.approve", number).state == "closed"
    assert head(ways.OF).state == "suspended"


def test_fit_with_conditions_names_them(running: TestHome) -> None:
    number = concluded(running, opened(running), conclusion="fit with conditions")

    assert "required_fields" in refused(running, "val", "submit", number)


def test_the_entry_of_a_system_is_renewed_by_no_person(running: TestHome) -> None:
    with pytest.raises(Refused):
        running.act("sys", "gxp_system.confirm_fitness", ways.OF, reason="It is fine as it is")


def due(home: TestHome) -> list[scheduled.Due]:
    return list(schedules.systems_are_reviewed(today()))


def test_a_review_is_opened_thirty_days_before_its_date_and_once(running: TestHome, later: Later) -> None:
    later(timedelta(days=330))
    assert due(running) == []
    later(timedelta(days=10))

    (number,) = [one for one in scheduled.open_due() if one.startswith("PRV")]
    settle()

    said = values(number)
    assert (said["cause"], said["system"][0]["number"]) == ("scheduled", ways.OF)
    assert said["topics"], "collected at once"
    assert head(number).due_at is not None
    assert [one for one in scheduled.open_due() if one.startswith("PRV")] == []


def test_a_system_of_lower_risk_is_reviewed_later(running: TestHome) -> None:
    assert [schedules.months_later(date(2026, 1, 31), months) for months in (1, 12, 24, 36)] == [
        date(2026, 2, 28), date(2027, 1, 31), date(2028, 1, 31), date(2029, 1, 31)]  # fmt: skip
    assert schedules.months_later(date(2027, 11, 30), 3) == date(2028, 2, 29)
    assert schedules.MONTHS == {"high": 12, "medium": 24, "low": 36}


def test_a_critical_incident_opens_one_at_once(running: TestHome, later: Later) -> None:
    reports.investigated(running, {"class": "critical"}, system="SYS-002")
    assert due(running) == [], "it is of the day on which the system was released"
    later(timedelta(days=3))
    reports.investigated(running, {"class": "major"}, system="SYS-002")
    reports.investigated(running, {"class": "critical"}, system="Freezers")
    assert due(running) == []
    incident = reports.investigated(running, {"class": "critical"}, system="SYS-002")

    (number,) = [one for one in scheduled.open_due() if one.startswith("PRV")]

    said = values(number)
    assert (said["cause"], said["cause_text"].partition(":")[0]) == ("critical incident", incident)
    assert said["due_on"] == (today() + schedules.AHEAD).isoformat()


def test_one_that_is_open_keeps_others_from_being_opened(running: TestHome, later: Later) -> None:
    opened(running)
    later(timedelta(days=400))

    assert due(running) == []


def test_a_system_that_is_not_in_use_is_not_reviewed(running: TestHome, later: Later) -> None:
    later(timedelta(days=800))

    assert {one.fields["system"][0] for one in due(running)} == {ways.OF}, "SYS-001 was only proposed here"


def test_this_installation_says_of_itself_what_it_knows(running: TestHome) -> None:
    installation = Record.objects.get(type="installation")
    acts.run(SYSTEM, "installation.note_verification", installation.pk, reason="Everything is as it was recorded: 9 events")
    acts.run(SYSTEM, "installation.note_backup", installation.pk, reason="Backup of 9 events")
    number = opened(running, system=["SYS-001"])

    found = topics(number)

    assert "Re-read 1 times, 0 with findings" in found["verification of the records"]["found"]
    assert "Backups noted: 1" in found["backups and restore drills"]["found"]
    assert "configurations taken into force: 1" in found["releases"]["found"]
    assert found["drift"]["found"] == "Begun: 0, ended: 0, open: 0."
    assert values(number)["validated"].startswith("released")

"""Access reviews: what the system writes, what nobody else writes, and when a review is opened by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from indelible.infra import clock
from indelible.kernel import acts, records
from indelible.kernel.context import SYSTEM
from indelible.kernel.errors import Refused
from indelible.kernel.models import AccessGrant, Event
from indelible.modules.access_reviews import schedules
from indelible.practice import accounts, panels, queries, scheduled, uploads
from tests import homes
from tests.homes import TestHome
from tests.modules import validating
from tests.modules.access import (
    WHY,
    Row,
    begun,
    closed,
    decide,
    decided,
    grant,
    line,
    lines,
    refused_edit,
    roster,
    submitted,
)
from tests.modules.events import day, head
from tests.modules.trained import read, settle

Later = Callable[[timedelta], None]
WRITTEN = "access_lines_are_the_systems"


# --- what the system writes


def test_the_system_writes_a_line_for_every_right_flagged_ones_first(company: TestHome) -> None:
    number = begun(company)

    rows = lines(number)
    held = {(row["user_id"], row["right"]) for row in rows}
    odd = [bool(row["flags"]) for row in rows]
    assert {("ann", "Author"), ("hed", "Head of function"), ("rea", "Account without a role")} <= held
    assert odd == sorted(odd, reverse=True)
    assert [row["line"] for row in rows] == [str(at) for at in range(1, len(rows) + 1)]
    assert line(number, "hed")["scope"] == company.departments["Quality Control"]
    assert line(number, "ann")["held_by"] == grant("ann", company, "author").number
    assert "no second factor; " in line(number, "qua")["flags"]
    assert "privileged: System administrator" in line(number, "adm")["flags"]
    assert "guest: Inspector (guest)" in line(number, "gue")["flags"]
    assert line(number, "ann")["flags"] is None
    written = [event for event in Event.objects.filter(record_id=head(number).pk) if event.person_id is None]
    assert len(written) == 1


def test_who_was_never_there_and_who_is_gone_for_long_is_flagged(company: TestHome, later: Later) -> None:
    fields = {"printed_name": "Shift Account", "job_title": "Analyst", "user_id": "s.hift", "email": "s@quality.example"}
    _, link = accounts.invite(company.people["adm"], fields, identity=homes.SEEN)
    accounts.enrol(link, homes.PASSWORD)
    later(timedelta(days=61))
    number = begun(company)

    assert "never used" in line(number, "s.hift")["flags"]
    assert "looks shared: “shift” in its name" in line(number, "s.hift")["flags"]
    assert line(number, "s.hift")["last_used"] == "never"
    assert "dormant: not used for 61 days" in line(number, "ann")["flags"]


def test_an_account_in_two_places_at_once_looks_shared(company: TestHome) -> None:
    acts.run(SYSTEM, "person.note_two_places", company.person("ann"), reason="Signed in from 10.0.0.1 and 10.0.0.2")

    assert "looks shared: used from two places at once" in line(begun(company), "ann")["flags"]


def test_roles_that_exclude_each_other_are_flagged_on_both_lines(company: TestHome) -> None:
    fields = {"person": "ann", "role": "sysadmin", "why": "Needed for the work"}
    made = acts.run(SYSTEM, "grant.create", fields=fields)
    with pytest.raises(Refused):
        acts.run(SYSTEM, "grant.establish", made.record)
    AccessGrant.objects.create(
        record_id=made.record, person_id=company.person("ann"), role="sysadmin", from_at=clock.now(), reason="x"
    )
    # Written past the door: the events know nothing of it, and so the line of the other role is what is left to flag.
    number = begun(company)
    AccessGrant.objects.filter(record_id=made.record).delete()

    assert [row["right"] for row in lines(number) if row["user_id"] == "ann"] == ["Author"]


def test_a_role_given_before_the_training_on_a_named_procedure_is_flagged(company: TestHome, later: Later) -> None:
    procedure = company.until(company.draft("ann"), "effective").rpartition(".")[0]
    later(timedelta(hours=1))
    homes.give(company, "bea", ["trainer"])
    settle()
    later(timedelta(hours=1))
    number = begun(company, trained_on=[procedure])
    assert f"given before its training on {procedure}" in line(number, "bea", "Trainer")["flags"]
    assert line(number, "bea", "Author")["flags"] is None, "given before there was a procedure"


def test_who_was_trained_before_the_role_was_given_is_not_flagged(company: TestHome, later: Later) -> None:
    procedure = company.until(company.draft("ann"), "effective").rpartition(".")[0]
    given = {
        "what": "Access",
        "trainee": "bea",
        "document": [f"{procedure}.01"],
        "kind": "read",
        "because": "other",
        "due_on": day(9),
    }
    training = company.act("rob", "training.create", fields=given).number
    later(timedelta(hours=1))
    read(company, "bea", head(training))
    later(timedelta(hours=1))
    homes.give(company, "bea", ["trainer"])
    settle()

    assert line(begun(company, trained_on=[procedure]), "bea", "Trainer")["flags"] is None


def test_a_token_is_a_line_of_its_own(company: TestHome) -> None:
    accounts.issue_token(company.people["ann"], label="Reads lists", scopes=["document"], days=30)
    row = line(begun(company), "ann", "API token")

    assert (row["right"], row["scope"]) == ("API token “Reads lists”", "document")
    assert "usable from everywhere" in row["flags"]


def test_who_has_left_by_the_roster_and_who_is_not_on_it_is_flagged(company: TestHome) -> None:
    everybody = "".join(f"{user},\n" for user in company.people if user not in ("bea", "rob", "val"))
    number = begun(company, roster=roster(company, f"user_id,left_on\n{everybody}bea,2020-03-01\n"))

    assert line(number, "bea")["flags"].startswith("leaver: left on 2020-03-01 by the roster")
    assert line(number, "rob")["flags"] == "not on the roster"
    assert line(number, "ann")["flags"] is None
    assert lines(number)[0]["user_id"] == "bea", "a leaver stands first"


def test_a_roster_that_comes_later_flags_the_lines_anew_and_opens_what_was_kept(company: TestHome) -> None:
    number = begun(company)
    company.act("sys", "access_review.keep_unflagged", number)
    decide(company, number, "sys", [line(number, "qua")])
    everybody = "".join(f"{user}@quality.example;\n" for user in company.people if user not in ("bea", "val"))
    company.act(
        "sys",
        "access_review.edit",
        number,
        fields={"roster": roster(company, f"E-mail;Left on\n{everybody}bea@quality.example;2020-03-01\n")},
    )
    settle()

    assert line(number, "bea")["flags"].startswith("leaver")
    assert line(number, "bea")["decision"] is None
    assert (line(number, "ann")["decision"], line(number, "qua")["decision"]) == ("keep", "keep")
    assert line(number, "ann")["decided_by"] == "Sys Owner (sys)"


@pytest.mark.parametrize(
    "text", ["", "name,left_on\nBea,\n", "user_id\nbea\n", "user_id,left_on\nbea,yesterday\n", "user_id,left_on\n"],
    ids=["empty", "nobody's id", "no day", "a word for a day", "nobody"],
)  # fmt: skip
def test_a_file_that_is_no_roster_is_refused(company: TestHome, text: str) -> None:
    number = begun(company)
    kept = uploads.receive(company.people["sys"], "roster.csv", [text.encode() or b"\n"]).sha256

    with pytest.raises(Refused) as caught:
        company.act("sys", "access_review.edit", number, fields={"roster": [kept]})
    assert caught.value.rule == "roster_can_be_read"


def test_what_was_held_on_its_day_is_listed_and_not_what_is_held_now(company: TestHome, later: Later) -> None:
    yesterday = day(0)
    later(timedelta(days=2))
    company.act("adm", "grant.end", grant("bea", company, "author").number, reason="Moved to another department")
    number = begun(company, as_of=yesterday)

    assert line(number, "bea")["right"] == "Author"


def test_the_next_review_says_what_is_new_and_what_is_gone(company: TestHome, later: Later) -> None:
    first = closed(company, submitted(company, decided(company, begun(company))))
    later(timedelta(days=1))
    company.act("adm", "grant.end", grant("bea", company, "author").number, reason="Moved to another department")
    homes.give(company, "ann", ["trainer"])
    settle()
    later(timedelta(days=1))
    second = begun(company)

    assert line(second, "ann", "Trainer")["news"] == f"new since {first}"
    assert line(second, "ann", "Author")["news"] is None
    gone = records.values(head(second))["gone"]
    assert [(row["user_id"], row["right"], row["decision"]) for row in gone] == [("bea", "Author", "keep")]
    assert line(second, "bea")["right"] == "Account without a role"
    assert [one["number"] for one in records.values(head(second))["previous"]] == [first]
    _, _, sheet = panels.sheet(company.view("qua"), "access-review", of=second)
    assert [table.title for table in sheet.tables] == ["Flagged", "Not flagged", "No longer there", "What became of it"]
    assert f"new since {first}" in [cell.text for table in sheet.tables for row in table.rows for cell in row]
    assert "Bea Author" in [row[0].text for row in sheet.tables[2].rows]


# --- who writes what


@pytest.mark.parametrize("field", ["lines", "gone"])
def test_nobody_writes_what_the_system_writes(company: TestHome, field: str) -> None:
    number = begun(company)
    rows = [row | {"flags": None} for row in lines(number)[:-1]]
    given = rows if field == "lines" else [{"person": "Ann Author", "user_id": "ann"}]

    assert WRITTEN in refused_edit(company, number, {field: given})
    with pytest.raises(Refused):
        company.act(
            "sys", "access_review.create", fields={"title": "T", "system": ["SYS-001"], "as_of": day(0), field: given}
        )


@pytest.mark.parametrize(
    "change",
    [{"user_id": "rob"}, {"person": "Somebody"}, {"flags": None}, {"decision": "keep"}, {"decided_by": "Qua Quality (qua)"}],
)
def test_no_cell_of_a_line_is_typed(company: TestHome, change: Row) -> None:
    number = begun(company)
    rows = lines(number)
    rows[0] = rows[0] | change

    assert WRITTEN in refused_edit(company, number, {"lines": rows})


def test_system_and_day_of_a_review_stay(company: TestHome) -> None:
    number = begun(company)

    assert WRITTEN in refused_edit(company, number, {"as_of": day(-9)})


def test_a_decision_on_an_account_entered_by_hand_is_not_typed_and_not_rewritten(company: TestHome) -> None:
    number = begun(company)
    row = {"account": "postgres", "place": "database", "holder": "Adm Inistrator", "right": "everything"}
    assert WRITTEN in refused_edit(
        company, number, {"entered": [row | {"decision": "keep", "decided_by": "Qua Quality (qua)"}]}
    )
    company.act("sys", "access_review.edit", number, fields={"entered": [row]})
    company.act("qua", "access_review.decide_lines", number, lines=["E1"], decision="revoke", reason=WHY)
    (kept,) = records.values(head(number))["entered"]

    assert (kept["decision"], kept["decided_by"]) == ("revoke", "Qua Quality (qua)")
    assert WRITTEN in refused_edit(company, number, {"entered": [kept | {"decision": "keep"}]})
    assert WRITTEN in refused_edit(company, number, {"entered": [kept | {"right": "nothing"}]})
    company.act("sys", "access_review.edit", number, fields={"entered": [kept | {"done_on": day(0)}]})


# --- when it is opened


def test_this_system_is_reviewed_each_quarter_and_once(company: TestHome, later: Later) -> None:
    assert list(schedules.reviews_of_access(date.fromisoformat(day(0)))) == [], "it was not there on the first day"
    later(timedelta(days=95))
    now = date.fromisoformat(day(0))
    (due,) = schedules.reviews_of_access(now)
    assert (due.period, due.fields["as_of"]) == (f"SYS-001 {now.year}-Q{(now.month - 1) // 3 + 1}", day(0))

    (number,) = [one for one in scheduled.open_due() if one.startswith("ARV-")]
    settle()
    assert (head(number).author_id, bool(lines(number))) == (None, True)
    assert [one for one in scheduled.open_due() if one.startswith("ARV-")] == []
    assert head(number).due_at is not None
    assert number in {record.number for _, record in queries.list_work(company.view("sys"))}


@pytest.mark.parametrize(
    ("risk", "state", "name"),
    [("high", "in_use", "{}-Q3"), ("medium", "in_use", "{}-H2"), ("low", "in_use", "{}"), ("high", "assessed", ""),
     ("high", "retired", "")],
)  # fmt: skip
def test_other_systems_in_use_are_reviewed_by_their_risk_to_data(
    company: TestHome, risk: str, state: str, name: str
) -> None:
    system = head(validating.system(company, risk_data=risk))
    system.state = state  # how one comes into use is tested elsewhere; what is read here is not written

    next_year = date.fromisoformat(day(0)).year + 1
    assert schedules.period_of(system, date(next_year, 8, 2)) == name.format(next_year)
    assert schedules.period_of(system, date.fromisoformat(day(0))) == "", (
        "what came in the middle of a period waits for the next"
    )


def test_before_the_release_no_review_is_opened(founding: TestHome) -> None:
    assert list(schedules.reviews_of_access(date.fromisoformat(day(0)))) == []


def test_the_next_review_names_the_procedures_of_the_last_one(company: TestHome, later: Later) -> None:
    procedure = company.until(company.draft("ann"), "effective").rpartition(".")[0]
    closed(company, submitted(company, decided(company, begun(company, trained_on=[procedure]))))
    later(timedelta(days=95))

    (due,) = schedules.reviews_of_access(date.fromisoformat(day(0)))
    assert due.fields["trained_on"] == [procedure]


def test_other_words_in_a_review_move_no_line(company: TestHome) -> None:
    number = decided(company, begun(company))
    before = lines(number)
    acts.run(SYSTEM, "person.note_two_places", company.person("ann"), reason="Signed in from 10.0.0.1 and 10.0.0.2")
    company.act("sys", "access_review.edit", number, fields={"summary": "Two people were asked in person"})
    settle()

    assert lines(number) == before

"""Races with real processes on real commits: one of them wins, the others are told, nothing is written twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from indelible.infra import canonical, database
from indelible.kernel import acts, sequencer, signatures, timers
from indelible.kernel.acts import Outcome
from indelible.kernel.context import SYSTEM
from indelible.kernel.errors import Refused
from indelible.kernel.models import AccessGrant, Event, LogPosition, Pending, Record, Refusal, Request, Signature, Version
from indelible.practice import accounts, queries
from tests import machine
from tests.homes import TestHome, hire
from tests.modules import events as deviations
from tests.torture import rounds
from tests.torture.crew import kinds, together, unexpected

pytestmark = pytest.mark.campaign

MANY = 20


def ready_to_sign(home: TestHome, user: str, act: str, number: str, *, reason: str = "") -> Callable[[], Outcome]:
    """Look and prove presence now; give the act that signs, to be done later."""
    view = home.view(user)
    record = queries.get_record(view, number)
    shown = queries.to_sign(view, record, act.partition(".")[2])
    presence = signatures.simulate(home.person(user), view.ctx.session, shown.sha256)
    return partial(acts.run, view.ctx, act, record.id, seen=record.position, presence=presence, reason=reason)


def head(number: str) -> Record:
    return Record.objects.get(number=number)


def events(number: str) -> list[dict]:
    found = Event.objects.filter(record_id=head(number).pk).order_by("position")
    return [canonical.decode(event.payload) for event in found]


def whole_series(prefix: str) -> list[int]:
    numbers = Record.objects.filter(number__startswith=f"{prefix}-").values_list("number", flat=True)
    return sorted(int(number.split("-")[1].split(".")[0]) for number in numbers)


@pytest.mark.parametrize("turn", range(rounds(1, 25)))
def test_twenty_approvals_of_one_step_have_one_effect_and_nineteen_are_told_the_present_state(
    home: TestHome, turn: int
) -> None:
    number = home.until(home.draft(), "in_approval")
    home.sign("hed", "document.approve", number)
    for index in range(MANY):
        home.people[f"q{index}"] = hire(home, f"q{index}", f"Quality {index}", ["qa_approver"])
    jobs = [ready_to_sign(home, f"q{index}", "document.approve", number) for index in range(MANY)]
    before = head(number).position

    told = together(jobs)

    assert kinds(told) == {"Outcome": 1, "Conflict": MANY - 1}, unexpected(told, "Outcome", "Conflict")
    present = {(t.data["present"]["position"], t.data["present"]["state"]) for t in told if t.kind == "Conflict"}
    assert present == {(before + 1, "approved")}
    assert head(number).position == before + 1
    assert Signature.objects.filter(record_id=head(number).pk, meaning="quality_approved").count() == 1


@pytest.mark.parametrize("turn", range(rounds(1, 25)))
def test_one_person_who_signs_in_twenty_windows_signs_once(home: TestHome, turn: int) -> None:
    number = home.until(home.draft(), "in_review")
    jobs = [ready_to_sign(home, "rob", "document.agree", number) for _ in range(MANY)]

    told = together(jobs)

    assert kinds(told) == {"Outcome": 1, "Conflict": MANY - 1}, unexpected(told, "Outcome", "Conflict")
    assert Signature.objects.filter(record_id=head(number).pk, meaning="reviewed").count() == 1


@pytest.mark.parametrize("turn", range(rounds(1, 25)))
@pytest.mark.parametrize("first", [True, False], ids=["first-numbers-of-a-prefix", "later-numbers"])
def test_twenty_creations_at_once_get_twenty_numbers_without_gap(home: TestHome, first: bool, turn: int) -> None:
    kind, prefix = ("protocol", "PRO") if first else ("procedure", "SOP")
    if not first:
        home.draft()
    before = whole_series(prefix)
    fields = {"title": "Cleaning validation", "class": kind}

    told = together([partial(acts.run, home.people["ann"], "document.create", fields=fields) for _ in range(MANY)])

    assert kinds(told) == {"Outcome": MANY}, unexpected(told, "Outcome")
    assert whole_series(prefix) == list(range(1, len(before) + MANY + 1))


@pytest.mark.parametrize("turn", range(rounds(1, 25)))
@pytest.mark.parametrize("act", ["create", "edit"])
def test_a_request_repeated_by_ten_processes_acts_once_and_answers_all_alike(home: TestHome, act: str, turn: int) -> None:
    number = home.draft()
    subject = None if act == "create" else head(number).id
    fields = {"title": "Weighing of samples", "class": "procedure"} if act == "create" else {"title": "Weighing of samples"}
    before = Event.objects.count()

    told = together([partial(acts.run, home.people["ann"], f"document.{act}", subject, key="k-1", fields=fields)] * 10)

    assert kinds(told) == {"Outcome": 10}, unexpected(told, "Outcome")
    assert (sum(t.done for t in told), len({t.data["leaf"] for t in told})) == (1, 1)
    assert (Event.objects.count(), Request.objects.filter(key="k-1").count()) == (before + 1, 1)


@pytest.mark.parametrize("turn", range(rounds(3, 200)))
def test_a_signature_holds_the_content_that_was_seen_whoever_amends_or_ends_the_role_meanwhile(
    home: TestHome, turn: int
) -> None:
    number = home.until(home.draft(), "in_approval")
    grant = AccessGrant.objects.get(person_id=home.person("hed"))
    approve = ready_to_sign(home, "hed", "document.approve", number)
    amend = partial(acts.run, home.people["ann"], "document.amend", head(number).id, seen=head(number).position,
                    reason="Step 3 named the wrong buffer", fields={"text": "## 1 Another text"})  # fmt: skip
    end = partial(acts.run, SYSTEM, "grant.end", grant.record_id, reason="Moved to another department")

    jobs: list[Any] = [approve, amend, end]
    told = together([delayed(job, (turn + index) % 3) for index, job in enumerate(jobs)])

    assert not unexpected(told, "Outcome", "Conflict", "Refused", "Hidden")
    assert told[2].done
    assert told[0].done or told[1].done
    assert_bound_to_what_was_seen(number)
    given = Signature.objects.filter(record_id=head(number).pk, meaning="approved").first()
    ended = AccessGrant.objects.get(pk=grant.pk).until_at
    assert given is None or (ended is not None and given.at < ended)
    if told[0].done and told[1].done:
        # Both can only be done in this order: a signature on what was amended before it would be on unseen content.
        assert Signature.objects.get(record_id=head(number).pk, meaning="approved").position < told[1].data["position"]
        assert head(number).signed["open"] == []


@pytest.mark.postgres
@pytest.mark.skipif(machine.engine() != "postgres", reason="SQLite writes one act at a time")
def test_who_signs_while_the_role_is_being_ended_waits_and_is_refused(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")
    grant = AccessGrant.objects.get(person_id=home.person("hed"))
    end = partial(acts.run, SYSTEM, "grant.end", grant.record_id, reason="Moved to another department")

    def hold_up_the_end() -> None:
        with transaction.atomic():
            AccessGrant.objects.select_for_update().get(pk=grant.pk)
            time.sleep(1.2)

    told = together([hold_up_the_end, later(0.3, end), later(0.7, ready_to_sign(home, "hed", "document.approve", number))])

    assert told[1].done
    assert told[2].kind in ("Refused", "Hidden"), told[2]
    assert not Signature.objects.filter(record_id=head(number).pk, meaning="approved").exists()


@pytest.mark.parametrize("turn", range(rounds(2, 50)))
def test_the_last_two_administrators_do_not_both_go_at_the_same_moment(home: TestHome, turn: int) -> None:
    hire(home, "ada", "Ada Ministrator", ["sysadmin"])
    grants = AccessGrant.objects.filter(role="sysadmin", until_at=None).values_list("record_id", flat=True)
    jobs = [partial(acts.run, SYSTEM, "grant.end", grant, reason="Left the company today") for grant in grants]

    told = together(jobs)

    assert kinds(told) == {"Outcome": len(jobs) - 1, "Refused": 1}, unexpected(told, "Outcome", "Refused")
    assert AccessGrant.objects.filter(role="sysadmin", until_at=None).count() == 1


@pytest.mark.parametrize("turn", range(rounds(1, 25)))
def test_one_user_id_goes_to_one_of_ten_who_are_given_it_at_once(home: TestHome, turn: int) -> None:
    fields = {"printed_name": "Dee Puty", "job_title": "Deputy", "user_id": "dee",
              "department": home.departments["Quality Control"]}  # fmt: skip
    people = Record.objects.filter(type="person").count()

    told = together([partial(accounts.invite, SYSTEM, fields)] * 10)

    assert kinds(told) == {"tuple": 1, "Invalid": 9}, unexpected(told, "tuple", "Invalid")
    assert {t.data["rule"] for t in told if t.kind == "Invalid"} == {"input"}
    assert Record.objects.filter(type="person").count() == people + 1


def delayed(job: Callable[[], Outcome], step: int) -> Callable[[], Outcome]:
    """Let a job begin some milliseconds later, so that over the rounds each of them comes first."""
    return later(step * 0.002, job)


def later(seconds: float, job: Callable[[], Outcome]) -> Callable[[], Outcome]:
    """Let a job begin later."""

    def run() -> Outcome:
        time.sleep(seconds)
        return job()

    return run


def assert_bound_to_what_was_seen(number: str) -> None:
    record = head(number)
    for signature in Signature.objects.filter(record_id=record.pk):
        manifest = canonical.decode(signature.manifest)
        statement, version = manifest["statement"], Version.objects.get(record_id=record.pk, number=signature.version)
        assert canonical.sha256(canonical.encode(statement)).hex() == manifest["statement_sha256"]
        assert (statement["version"], statement["version_sha256"]) == (signature.version, bytes(version.sha256).hex())
        assert canonical.sha256(version.content) == bytes(version.sha256)
        assert statement["position"] == signature.position - 1


@pytest.mark.parametrize("turn", range(rounds(2, 100)))
def test_never_are_two_revisions_in_force_and_never_none_between(home: TestHome, turn: int) -> None:
    old = home.until(home.draft(), "effective")
    new = home.revise("ann", old)
    home.until(new, "approved")
    by_hand = partial(acts.run, home.people["doc"], "document.take_effect", head(new).id)

    told = together([*[delayed(by_hand, index % 2) for index in range(5)], *[timers.run_due] * 3, *[watching(old)] * 2])

    assert sum(t.done for t in told[:5]) + sum(len(t.data["value"]) for t in told[5:8]) == 1
    assert not unexpected(told[:5], "Outcome", "Refused", "Conflict")
    assert [t.data["value"] for t in told[8:]] == [[1], [1]], "at each look exactly one revision was in force"
    assert (head(old).state, head(new).state) == ("superseded", "effective")


def watching(number: str) -> Callable[[], list[int]]:
    """Count, again and again, how many revisions of the series are in force; gives the counts that were seen."""
    series = head(number).series

    def run() -> list[int]:
        until, seen = time.monotonic() + 0.5, set()
        while time.monotonic() < until:
            seen.add(Record.objects.filter(series=series, standing="in_force").count())
        return sorted(seen)

    return run


@pytest.mark.parametrize("turn", range(rounds(1, 20)))
def test_two_sequencers_beside_writers_give_every_event_one_position_without_gap(home: TestHome, turn: int) -> None:
    drafts = [head(home.draft()).id for _ in range(4)]
    seconds = rounds(1, 3)

    told = together([*[partial(write, home, one, seconds) for one in drafts], *[partial(integrate, seconds)] * 2])
    sequencer.drain()

    assert not unexpected(told, "int")
    assert all(t.data["value"] > 0 for t in told[:4])
    assert_positions_are_whole()


def write(home: TestHome, subject: UUID, seconds: float) -> int:
    until, made = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        acts.run(home.people["ann"], "document.edit", subject, fields={"title": f"Handling of samples {made}"})
        made += 1
        if made % 5 == 0:
            with pytest.raises(Refused):
                acts.run(home.people["doc"], "document.edit", subject, fields={"title": "Not mine"})
    return made


def integrate(seconds: float) -> int:
    until, given = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        given += sequencer.step()
    return given


def assert_positions_are_whole() -> None:
    rows = list(LogPosition.objects.order_by("seq").values_list("seq", "kind", "ref"))
    assert [seq for seq, _, _ in rows] == list(range(len(rows)))
    assert sorted(ref for _, kind, ref in rows if kind == "e") == sorted(Event.objects.values_list("id", flat=True))
    assert sorted(ref for _, kind, ref in rows if kind == "r") == sorted(Refusal.objects.values_list("id", flat=True))
    assert not Pending.objects.exists()
    assert list(backwards(rows)) == [], "in the log a record's events stand in the order in which they happened"


def backwards(rows: list[tuple[int, str, int]]) -> Iterator[tuple[UUID, int]]:
    places = {pk: (record, position) for pk, record, position in Event.objects.values_list("id", "record_id", "position")}
    last: dict[UUID, int] = {}
    for record, position in (places[ref] for _, kind, ref in rows if kind == "e"):
        if position != last.get(record, 0) + 1:
            yield record, position
        last[record] = position


def deadlocks() -> int:
    if not database.is_postgres():
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot(), deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[1])


@pytest.mark.parametrize("turn", range(rounds(1, 10)))
def test_of_two_reports_that_are_merged_into_each_other_at_once_one_goes_on(home: TestHome, turn: int) -> None:
    first, second = deviations.reported(home), deviations.reported(home)
    for number, other in ((first, second), (second, first)):
        home.act("rob", "deviation.edit", number, fields={"duplicate_of": [other]})
    jobs = [ready_to_sign(home, who, "deviation.merge", number, reason=deviations.WHY)
            for who, number in (("qua", first), ("quy", second))]  # fmt: skip
    before = deadlocks()

    told = together(jobs)

    assert deadlocks() == before, "whoever waits for a turn holds nothing that somebody else needs"

    assert kinds(told) in ({"Outcome": 1, "Refused": 1}, {"Outcome": 1, "Conflict": 1}), unexpected(
        told, "Outcome", "Refused"
    )
    assert sorted((head(first).state, head(second).state)) == ["duplicate", "triage"]

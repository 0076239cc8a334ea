"""What becomes of a record that should not have been one of its own: merged as a duplicate, or moved to the right type."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from indelible.assurance.rendition import building
from indelible.infra import clock
from indelible.kernel import acts, reactions, records
from indelible.kernel.context import Context
from indelible.kernel.errors import Conflict, Invalid, NotFound, Refused
from indelible.kernel.models import Event, Link, Record, Signature
from indelible.practice import correcting, glance, history, lookup, queries, raising
from tests.homes import TestHome
from tests.modules.events import (
    WHY,
    action,
    ago,
    day,
    due,
    head,
    in_review,
    investigated,
    judged,
    refused,
    reported,
    verified,
)
from tests.modules.reports import complaint, incident, triaged

LATE = "Entered as the wrong type first"


def doubled(home: TestHome, other: str, number: str = "") -> str:
    """Report a deviation again, and say which one it repeats."""
    number = number or reported(home)
    home.act("rob", "deviation.edit", number, fields={"duplicate_of": [other]})
    return number


def continued(home: TestHome, number: str, of: str, who: str = "rob", **fields: Any) -> str:
    """Begin the record of another type that continues this one, with what is known there."""
    taken = raising.taken_over(home.view(who), of, number, continuing=True)
    return home.act(who, f"{of}.create", fields=taken | fields, reason=LATE).number


def as_incident(home: TestHome, number: str) -> str:
    """Begin the incident that a deviation turned out to be, and name it there."""
    other = continued(home, number, "incident", kind="availability", system="this one", source="person")
    home.act("rob", "deviation.edit", number, fields={"moved_to": [other]})
    return other


# --- duplicates -------------------------------------------------------------------------------------------------------------


def test_a_duplicate_ends_with_the_word_of_quality_and_both_name_each_other(home: TestHome) -> None:
    first = judged(home)
    second = doubled(home, first)

    assert home.sign("qua", "deviation.merge", second, reason=WHY).state == "duplicate"
    assert Signature.objects.get(record_id=head(second).pk).meaning == "authorised"
    assert Link.objects.filter(record_id=head(first).pk, target=second, relation="by_hand").exists()
    assert Link.objects.filter(record_id=head(second).pk, target=first, relation="duplicate_of").exists()
    told = history.of_record(head(first))[-1]
    assert (told.who, told.event, told.reason) == ("System", "deviation.linked", f"{second} is its duplicate")


def test_the_number_of_a_duplicate_stays_accounted_for_and_in_the_list(home: TestHome) -> None:
    first = judged(home)
    second = doubled(home, first)
    home.sign("qua", "deviation.merge", second, reason=WHY)

    assert lookup.account_of_numbers(home.view("rob"), "deviation") == {"DEV": []}
    listed = queries.list_records(home.view("rob"), "deviation").records
    assert {one.number for one in listed} == {first, second}
    assert correcting.instead(head(second)) == ("is a duplicate of", first)
    assert correcting.instead(head(first)) is None


def test_what_goes_on_keeps_its_signatures_even_where_it_is_closed(home: TestHome) -> None:
    first = in_review(home)
    home.sign("qua", "deviation.close", first, reason=WHY)
    before = head(first).signed
    home.sign("qua", "deviation.merge", doubled(home, first), reason=WHY)

    assert (head(first).state, head(first).signed) == ("closed", before)


def test_one_that_names_no_other_is_not_merged(home: TestHome) -> None:
    assert "repeats_another_record" in refused(home, "qua", "deviation.merge", reported(home))


def test_none_is_its_own_duplicate(home: TestHome) -> None:
    number = reported(home)
    assert "repeats_another_record" in refused(home, "qua", "deviation.merge", doubled(home, number, number))


@pytest.mark.parametrize("end", ["void", "duplicate", "moved"])
def test_none_is_merged_into_one_without_effect(home: TestHome, end: str) -> None:
    first = reported(home)
    second = doubled(home, first)
    if end == "void":
        home.sign("qua", "deviation.void", first, reason=WHY)
    elif end == "duplicate":
        home.sign("qua", "deviation.merge", doubled(home, reported(home), first), reason=WHY)
    else:
        as_incident(home, first)
        home.sign("qua", "deviation.retype", first, reason=WHY)

    assert head(first).state == end
    assert "repeats_another_record" in refused(home, "qua", "deviation.merge", second)
    assert head(second).state == "triage"


def test_two_are_not_merged_into_each_other(home: TestHome) -> None:
    first = reported(home)
    second = doubled(home, first)
    doubled(home, second, first)
    home.sign("qua", "deviation.merge", first, reason=WHY)

    assert "repeats_another_record" in refused(home, "qua", "deviation.merge", second)


def test_another_type_is_no_duplicate(home: TestHome) -> None:
    with pytest.raises(Invalid):
        doubled(home, incident(home))


def test_one_with_open_work_is_not_merged_and_with_closed_work_is(home: TestHome) -> None:
    first, second = judged(home), judged(home)
    doubled(home, first, second)
    task = action(home, second, blocks_closing=False)

    assert "own_work_has_ended" in refused(home, "qua", "deviation.merge", second)
    verified(home, task)
    assert home.sign("qua", "deviation.merge", second, reason=WHY).state == "duplicate"


@pytest.mark.parametrize("who", ["rea", "ann", "hed", "rob", "exe", "adm"])
def test_nobody_but_a_quality_approver_signs_it(home: TestHome, who: str) -> None:
    number = doubled(home, judged(home))
    with pytest.raises((Refused, NotFound)):
        home.sign(who, "deviation.merge", number, reason=WHY)
    assert head(number).state == "triage"


def test_it_is_not_merged_without_a_reason_by_a_program_or_from_an_old_page(home: TestHome) -> None:
    number = doubled(home, judged(home))
    program = Context(home.person("qua"), "token", session="token", scopes=("*",))
    with pytest.raises(Refused) as silent:
        home.sign("qua", "deviation.merge", number)
    with pytest.raises(Refused) as machine:
        acts.run(program, "deviation.merge", number, reason=WHY)
    with pytest.raises(Conflict):
        acts.run(home.people["qua"], "deviation.merge", number, seen=head(number).position - 1, reason=WHY)

    assert (silent.value.rule, machine.value.rule) == ("reason_given", "human_signature_required")
    assert head(number).state == "triage"


def test_it_is_merged_once(home: TestHome) -> None:
    number = doubled(home, judged(home))
    home.sign("qua", "deviation.merge", number, reason=WHY)
    events = Event.objects.filter(record_id=head(number).pk).count()
    for who in ("qua", "quy"):
        with pytest.raises(Refused) as caught:
            home.act(who, "deviation.merge", number, reason=WHY)
        assert caught.value.rule == "declared_move"
    assert Event.objects.filter(record_id=head(number).pk).count() == events


def test_once_its_investigation_is_with_quality_it_is_merged_no_more_and_before_that_it_comes_back_first(
    home: TestHome,
) -> None:
    late, early, other = in_review(home), investigated(home), judged(home)
    for number in (late, early):
        with pytest.raises(Refused) as caught:
            home.act("qua", "deviation.merge", number, reason=WHY)
        assert caught.value.rule == "declared_move"

    home.act("rob", "deviation.amend", early, fields={"duplicate_of": [other]}, reason=WHY)
    assert (head(early).state, head(early).signed["done"]) == ("triage", [])
    assert home.sign("qua", "deviation.merge", early, reason=WHY).state == "duplicate"


def test_what_is_merged_is_no_repeat_and_is_counted_once(home: TestHome) -> None:
    first = judged(home, suspected_cause="training")
    second = judged(home, suspected_cause="training")
    doubled(home, first, second)
    assert "not_repeat" in refused(home, "rob", "deviation.correct", first)
    home.sign("qua", "deviation.merge", second, reason=WHY)

    assert home.sign("rob", "deviation.correct", first).state == "correcting"
    months = next(
        t
        for t in glance.glance(home.view("rob"), None, clock.now()).tables
        if t.drawn == "months" and t.title.startswith("Deviations")
    )
    opened, ended = months.rows[-1][1], months.rows[-1][2]
    assert (opened.text, ended.text) == ("1", "0")
    assert opened.listed is not None
    listed = queries.list_records(home.view("rob"), "deviation", filters=dict(opened.listed.filters))
    assert [one.number for one in listed.records] == [first]
    assert "counted under its other number" in months.note


def test_incidents_and_complaints_are_merged_as_well(home: TestHome) -> None:
    for make, kind in ((incident, "incident"), (complaint, "complaint")):
        first, second = make(home), make(home)
        home.act("rob", f"{kind}.edit", second, fields={"duplicate_of": [first]})
        assert "signer_authority" in refused(home, "rob", f"{kind}.merge", second)
        assert home.sign("qua", f"{kind}.merge", second, reason=WHY).state == "duplicate"


def test_a_complaint_that_is_investigated_is_not_merged(home: TestHome) -> None:
    number = triaged(home)
    with pytest.raises(Refused) as caught:
        home.act("qua", "complaint.merge", number, reason=WHY)
    assert caught.value.rule == "declared_move"


# --- moved to the right type ----------------------------------------------------------------------------------------------


def test_what_was_entered_as_the_wrong_type_goes_on_as_the_right_one_with_its_times_and_clock(home: TestHome) -> None:
    number = reported(
        home, occurred_at=ago(days=5), discovered_at=ago(days=4), told_by="A. Host, on duty", told_how="telephone"
    )
    other = as_incident(home, number)
    home.sign("qua", "deviation.retype", number, reason=WHY)
    old, new = records.values(head(number)), records.values(head(other))

    assert head(number).state == "moved"
    assert correcting.instead(head(number)) == ("was moved to", other)
    assert new["continues"] == [{"number": number, "type": "deviation"}] or new["continues"][0]["number"] == number
    assert [old[name] for name in ("title", "what_happened", "occurred_at", "discovered_at", "told_by", "told_how")] == [
        new[name] for name in ("title", "what", "occurred_at", "detected_at", "told_by", "told_how")
    ]
    assert new["reporter"]["person"] == old["reporter"]["person"]
    assert head(other).author_id == home.person("rob")


def test_its_first_step_counts_from_the_entry_of_the_other_and_the_rest_from_the_discovery(
    home: TestHome, later: Any
) -> None:
    discovered = clock.now() - timedelta(hours=1)
    number = reported(home, discovered_at=clock.iso(discovered))
    entered = head(number).created_at
    later(timedelta(days=6))
    other = as_incident(home, number)

    own = head(incident(home)).due_at
    carried = head(other).due_at
    assert own is not None
    assert carried is not None
    assert carried < own
    assert carried < entered + timedelta(days=5)
    home.act("rob", "incident.edit", other, fields={"owner": "ann", "quality_concerned": False, "personal_data": False})
    home.act("rob", "incident.contain", other)
    home.sign("rob", "incident.assess", other)
    assert due(other) == day(30, since=discovered)


@pytest.mark.parametrize("kind", ["deviation", "complaint"])
def test_an_incident_and_a_complaint_are_moved_too(home: TestHome, kind: str) -> None:
    number = incident(home)
    product = home.act("rob", "product.create", fields={"name": "HCX"}).number
    rest: dict[str, Any] = (
        {"product": [product], "lot": "unknown", "source_kind": "site", "adverse_event": "no"} if kind == "complaint" else {}
    )
    other = continued(home, number, kind, **rest)
    home.act("rob", "incident.edit", number, fields={"moved_to": [other]})
    assert home.sign("qua", "incident.retype", number, reason=WHY).state == "moved"
    back = complaint(home)
    dev = continued(home, back, "deviation")
    home.act("rob", "complaint.edit", back, fields={"moved_to": [dev]})
    assert home.sign("qua", "complaint.retype", back, reason=WHY).state == "moved"


def test_what_only_followed_from_it_does_not_continue_it(home: TestHome) -> None:
    number = incident(home)
    taken = raising.taken_over(home.view("rob"), "deviation", number)
    other = home.act("rob", "deviation.create", fields=taken, reason=WHY).number
    home.act("rob", "incident.edit", number, fields={"moved_to": [other]})

    assert records.values(head(other))["affected_records"][0]["number"] == number
    assert "continues_as_another_type" in refused(home, "qua", "incident.retype", number)


def test_it_is_not_moved_before_the_other_one_is_named_has_effect_and_is_the_only_one(home: TestHome) -> None:
    number = reported(home)
    assert "continues_as_another_type" in refused(home, "qua", "deviation.retype", number)
    void = as_incident(home, number)
    home.sign("qua", "incident.void", void, reason=WHY)
    assert "continues_as_another_type" in refused(home, "qua", "deviation.retype", number)
    one, two = as_incident(home, number), as_incident(home, number)
    assert "continues_as_another_type" in refused(home, "qua", "deviation.retype", number)
    home.sign("qua", "incident.void", one, reason=WHY)

    assert home.sign("qua", "deviation.retype", number, reason=WHY).state == "moved"
    assert correcting.instead(head(number)) == ("was moved to", two)


def test_it_is_not_moved_with_open_work_by_the_wrong_person_or_under_investigation(home: TestHome) -> None:
    number = judged(home)
    as_incident(home, number)
    task = action(home, number)
    assert "own_work_has_ended" in refused(home, "qua", "deviation.retype", number)
    verified(home, task)
    for who in ("rea", "ann", "hed", "rob", "exe"):
        with pytest.raises(Refused):
            home.sign(who, "deviation.retype", number, reason=WHY)
    with pytest.raises(Refused):
        home.act("qua", "deviation.retype", investigated(home), reason=WHY)
    assert head(number).state == "triage"


def test_a_clock_begins_no_later_than_that_of_what_it_continues(home: TestHome) -> None:
    number = reported(home, discovered_at=ago(days=3))
    with pytest.raises(Refused) as caught:
        continued(
            home, number, "incident", kind="availability", system="this one", source="person", detected_at=ago(minutes=1)
        )
    assert caught.value.rule == "clock_goes_on"
    other = as_incident(home, number)
    with pytest.raises(Refused):
        home.act("rob", "incident.edit", other, fields={"detected_at": ago(minutes=1)})
    with pytest.raises(Refused):
        home.act("rob", "incident.edit", other, fields={"continues": []})
    assert home.act("rob", "incident.edit", other, fields={"detected_at": ago(days=4)}, reason=WHY).state == "reported"


def test_nothing_continues_what_has_ended(home: TestHome) -> None:
    number = reported(home)
    home.sign("qua", "deviation.void", number, reason=WHY)
    with pytest.raises(Refused) as caught:
        continued(home, number, "incident", kind="availability", system="this one", source="person")
    assert caught.value.rule == "clock_goes_on"


def test_only_quality_is_offered_to_move_and_only_while_it_is_judged(home: TestHome) -> None:
    number = reported(home)
    offered = {
        who: [one.type for one in raising.list_continuations(home.view(who), head(number))]
        for who in ("rob", "qua", "ann", "rea")
    }
    assert offered == {"rob": ["complaint", "incident"], "qua": ["complaint", "incident"], "ann": [], "rea": []}
    assert raising.list_continuations(home.view("rob"), head(investigated(home))) == []


def test_what_continues_a_report_of_the_product_itself_waits_for_people(home: TestHome) -> None:
    other = continued(home, incident(home), "deviation", "rob")
    reactions.run_pending()
    assert head(other).state == "draft"


# --- who told -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lone", [{"told_by": "Dr Berg, study nurse"}, {"told_how": "telephone"}])
@pytest.mark.parametrize("make", [reported, incident, complaint])
def test_who_told_stands_beside_how_or_not_at_all(home: TestHome, make: Any, lone: dict[str, str]) -> None:
    with pytest.raises(Refused) as caught:
        make(home, **lone)
    assert caught.value.rule == "who_told_and_how"


@pytest.mark.parametrize("make", [reported, incident, complaint])
def test_who_told_stands_on_the_print_and_the_entry_is_that_of_who_entered_it(home: TestHome, make: Any) -> None:
    number = make(home, "rea", told_by="Dr Berg, study nurse", told_how="telephone")
    events = history.of_record(head(number))
    shown = {field.label: field.text for field in building.shown(home.view("qua"), head(number)).fields}

    assert {event.who for event in events} == {"Rea Der"}
    assert head(number).author_id == home.person("rea")
    assert (shown["Told by"], shown["Told how"]) == ("Dr Berg, study nurse", "telephone")
    assert not Record.objects.filter(type="person", title__contains="Berg").exists()

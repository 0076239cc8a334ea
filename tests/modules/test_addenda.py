"""What is added to a record that has ended: a signed record of its own beside it; what was signed stays as it was."""

from __future__ import annotations

from typing import Any

import pytest

from indelible.assurance.rendition import building
from indelible.kernel import acts
from indelible.kernel.context import Context
from indelible.kernel.errors import Conflict, Invalid, NotFound, Refused
from indelible.kernel.models import Record, Signature, Version
from indelible.practice import correcting, lookup, queries, raising
from tests.homes import TestHome
from tests.modules.events import WHY, head, in_review, investigated, refused, reported
from tests.modules.reports import complaint

ADDED = "The report of the laboratory of 3 March confirms that the level never fell below 40 cm"


def closed(home: TestHome) -> str:
    number = in_review(home)
    home.sign("qua", "deviation.close", number, reason=WHY)
    return number


def addendum(home: TestHome, number: str, who: str = "ann", **fields: Any) -> str:
    """Begin an addendum from a record, with what it says."""
    taken = raising.taken_over(home.view(who), "addendum", number)
    given = {
        "title": "Report of the laboratory",
        "added": ADDED,
        "because": "It came after the closing",
        "changes_conclusion": False,
    }
    return home.act(who, "addendum.create", fields=taken | given | fields).number


def added(home: TestHome, number: str, who: str = "ann", **fields: Any) -> str:
    """Add to a record: signed by who adds it, and by Quality."""
    made = addendum(home, number, who, **fields)
    home.sign(who, "addendum.submit", made)
    home.sign("quy", "addendum.accept", made)
    return made


def test_an_addendum_stands_beside_a_record_that_stays_exactly_as_it_was_signed(home: TestHome) -> None:
    number = closed(home)
    before, signatures = (
        head(number),
        list(Signature.objects.filter(record_id=head(number).pk).values_list("manifest", flat=True)),
    )
    made = added(home, number)
    after = head(number)

    assert made == f"{number}-A01"
    assert (after.state, after.position, after.version, bytes(after.version_sha256), after.signed) == (
        "closed", before.position, before.version, bytes(before.version_sha256), before.signed,
    )  # fmt: skip
    assert list(Signature.objects.filter(record_id=after.pk).values_list("manifest", flat=True)) == signatures
    meanings = Signature.objects.filter(record_id=head(made).pk).order_by("position").values_list("meaning", flat=True)
    assert [*meanings] == ["authored", "quality_approved"]


def test_it_stands_in_the_print_of_its_record_with_who_signed_it(home: TestHome) -> None:
    number = closed(home)
    made = added(home, number)
    (table,) = [t for t in building.shown(home.view("sys"), head(number)).children if t.label == "Addenda"]
    (row,) = table.rows
    told = {one.label: one.text for one in row.more}

    assert (row.number, row.state_label) == (made, "Added")
    assert told["What is added"] == ADDED
    assert "Ann Author, Authored" in told["Signed"]
    assert "Quality approved" in told["Signed"]


def test_each_one_counts_under_its_record_and_none_is_missing(home: TestHome) -> None:
    number = closed(home)
    found = [added(home, number) for _ in range(2)]

    assert found == [f"{number}-A01", f"{number}-A02"]
    assert lookup.account_of_numbers(home.view("rob"), "addendum") == {f"{number}-A": []}
    assert [one.number for one in correcting.list_addenda(head(number))] == found


@pytest.mark.parametrize("make", [reported, investigated, in_review])
def test_nothing_is_added_to_what_is_open_because_it_is_changed_itself(home: TestHome, make: Any) -> None:
    with pytest.raises(Refused) as caught:
        addendum(home, make(home), "rob")
    assert caught.value.rule == "its_record_has_ended"


def test_one_that_was_opened_again_in_between_takes_none(home: TestHome) -> None:
    number = closed(home)
    first, second = addendum(home, number), addendum(home, number)
    home.sign("ann", "addendum.submit", second)
    home.sign("quy", "deviation.reopen", number, reason=WHY)

    assert "its_record_has_ended" in refused(home, "ann", "addendum.submit", first)
    assert "its_record_has_ended" in refused(home, "quy", "addendum.accept", second)
    assert home.act("qua", "addendum.return", second, reason=WHY).state == "draft"
    assert home.act("ann", "addendum.withdraw", second, reason=WHY).state == "withdrawn"
    assert correcting.list_addenda(head(number)) == []


def test_what_changes_a_conclusion_is_no_addendum(home: TestHome) -> None:
    made = addendum(home, closed(home), changes_conclusion=True)
    assert "conclusions_stand" in refused(home, "ann", "addendum.submit", made)


@pytest.mark.parametrize("left_out", ["added", "because", "changes_conclusion"])
def test_nobody_signs_one_that_does_not_say_what_and_why(home: TestHome, left_out: str) -> None:
    made = addendum(home, closed(home), **dict[str, Any]({left_out: None}))
    assert "required_fields" in refused(home, "ann", "addendum.submit", made)


def test_somebody_who_neither_owns_it_nor_belongs_to_quality_adds_nothing(home: TestHome) -> None:
    made = addendum(home, closed(home), "hed")
    assert "added_by_owner_or_quality" in refused(home, "hed", "addendum.submit", made)


def test_who_wrote_it_does_not_approve_it(home: TestHome) -> None:
    made = addendum(home, closed(home), "qua")
    home.sign("qua", "addendum.submit", made)

    assert "approver_is_not_author" in refused(home, "qua", "addendum.accept", made)
    assert home.sign("quy", "addendum.accept", made).state == "added"


@pytest.mark.parametrize("who", ["rea", "gue", "adm"])
def test_who_holds_no_role_begins_none(home: TestHome, who: str) -> None:
    number = closed(home)
    with pytest.raises(Refused) as caught:
        home.act(who, "addendum.create", fields={"title": "One", "belongs_to": [number]})
    assert caught.value.rule == "authority"


@pytest.mark.parametrize("who", ["ann", "hed", "rob", "exe"])
def test_only_a_quality_approver_adds_it(home: TestHome, who: str) -> None:
    made = addendum(home, closed(home))
    home.sign("ann", "addendum.submit", made)
    with pytest.raises((Refused, NotFound)):
        home.sign(who, "addendum.accept", made)
    assert head(made).state == "awaits_quality"


def test_a_program_signs_none_and_an_old_page_neither(home: TestHome) -> None:
    made = addendum(home, closed(home))
    program = Context(home.person("ann"), "token", session="token", scopes=("*",))
    with pytest.raises(Refused) as caught:
        acts.run(program, "addendum.submit", made)
    home.act("ann", "addendum.edit", made, fields={"title": "Second report"})
    with pytest.raises(Conflict):
        acts.run(home.people["ann"], "addendum.submit", made, seen=1)
    assert caught.value.rule == "human_signature_required"


def test_what_was_signed_of_it_is_not_edited_and_it_stays_with_its_record(home: TestHome) -> None:
    one, other = closed(home), complaint(home)
    home.sign("qua", "complaint.void", other, reason=WHY)
    made = addendum(home, one)
    with pytest.raises(Refused) as moved:
        home.act("ann", "addendum.edit", made, fields={"belongs_to": [other]})
    home.sign("ann", "addendum.submit", made)
    with pytest.raises(Refused) as edited:
        home.act("ann", "addendum.edit", made, fields={"added": "Something else"})
    home.sign("quy", "addendum.accept", made)
    versions = Version.objects.filter(record_id=head(made).pk).count()
    for verb in ("edit", "submit", "accept", "return", "withdraw"):
        with pytest.raises(Refused):
            home.act(
                "ann", f"addendum.{verb}", made, reason=WHY, **({"fields": {"added": "Else"}} if verb == "edit" else {})
            )

    assert (moved.value.rule, edited.value.rule) == ("its_record_stays_the_same", "fields_frozen")
    assert Version.objects.filter(record_id=head(made).pk).count() == versions


def test_one_that_belongs_to_nothing_or_to_another_type_is_not_made(home: TestHome) -> None:
    department = home.departments["Quality Control"]
    for linked in ([], [department], ["DEV-999"]):
        with pytest.raises(Invalid):
            home.act("ann", "addendum.create", fields={"title": "One", "belongs_to": linked})
    assert not Record.objects.filter(type="addendum").exists()


def test_it_is_offered_from_what_has_ended_alone(home: TestHome) -> None:
    offered = [one.type for one in raising.list_beginnings(home.view("rob"), head(reported(home)))]
    assert "addendum" not in offered
    assert "addendum" in [one.type for one in raising.list_beginnings(home.view("rob"), head(closed(home)))]


def test_a_draft_is_for_who_writes_it_and_for_quality_and_an_added_one_for_the_inspector_too(home: TestHome) -> None:
    number = closed(home)
    made = addendum(home, number)
    for who in ("hed", "gue", "rea"):
        with pytest.raises(NotFound):
            queries.get_record(home.view(who), made)
    home.sign("ann", "addendum.submit", made)
    home.sign("quy", "addendum.accept", made)

    assert queries.get_record(home.view("gue"), made).number == made
    with pytest.raises(NotFound):
        queries.get_record(home.view("rea"), made)

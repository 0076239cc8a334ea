"""Open work of somebody who goes: listed whole, handed over by one act for each record, refused where the other may not."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from indelible.infra import canonical
from indelible.kernel import records
from indelible.kernel.errors import Invalid, Refused
from indelible.kernel.models import Event, Record, Signature, Task, Version
from indelible.practice import accounts, drafts, handover, queries
from tests import homes
from tests.homes import TestHome

WHY = "Ann is on leave until May"


def head(number: str) -> Record:
    return Record.objects.get(number=number)


def hand(home: TestHome, number: str, leaver: str, to: str, *, by: str = "doc", reason: str = WHY, **more: Any) -> None:
    home.act(by, "document.reassign", number, to=to, instead_of=leaver, reason=reason, **more)


def refused(home: TestHome, number: str, leaver: str, to: str, **more: Any) -> set[str]:
    """Try, and give the rules that stand in the way; nothing may have been written."""
    before = Event.objects.filter(record_id=head(number).pk).count()
    with pytest.raises(Refused) as caught:
        hand(home, number, leaver, to, **more)
    assert Event.objects.filter(record_id=head(number).pk).count() == before
    return {one.rule or "" for one in caught.value.missing} | {caught.value.rule}


def listed(home: TestHome, who: str, viewer: str = "doc") -> dict[str, list[str]]:
    found = handover.open_work(home.view(viewer), home.person(who))
    return {one.record.number: [name for name, _ in one.duties] for one in found.rows}


def last(number: str) -> dict[str, Any]:
    payload: dict[str, Any] = canonical.decode(Event.objects.filter(record_id=head(number).pk).latest("position").payload)
    return payload


# --- what is listed ----------------------------------------------------------------------------------------------------


def test_everything_open_of_a_person_is_listed_with_its_duties(home: TestHome) -> None:
    draft, review = home.draft(), home.until(home.draft(), "in_review")
    force = home.until(home.draft(), "effective")

    assert listed(home, "ann") == {draft: ["owner", "its_author"], review: ["owner", "its_author"], force: ["owner"]}
    assert listed(home, "rob") == {draft: ["reviewers"], review: ["reviewers"]}


def test_what_has_ended_or_was_done_already_is_not_open(home: TestHome) -> None:
    reviewed, void = home.until(home.draft(), "in_approval"), home.draft()
    home.sign("qua", "document.void", void, reason="It was entered in error")

    assert listed(home, "rob") == {}
    assert void not in listed(home, "ann")
    assert listed(home, "ann") == {reviewed: ["owner", "its_author"]}


def test_a_reviewer_who_has_signed_while_another_has_not_keeps_the_signature(home: TestHome) -> None:
    number = home.until(home.draft(reviewers=["rob", "qua"]), "in_review")
    home.sign("rob", "document.agree", number)

    assert number not in listed(home, "rob")
    assert "something_changes" in refused(home, number, "rob", "quy")
    hand(home, number, "qua", "quy")
    assert home.sign("quy", "document.agree", number).state == "in_approval"


def test_records_that_the_viewer_may_not_see_are_counted_and_not_named(home: TestHome) -> None:
    number = home.draft()

    found = handover.open_work(home.view("adm"), home.person("ann"))

    assert number not in [one.record.number for one in found.rows]
    assert found.unseen == 1


def test_typed_texts_and_roles_that_nobody_else_holds_are_told(home: TestHome) -> None:
    drafts.keep(home.people["doc"], "/records/document/new", {"title": ["Half a thought"]})

    found = handover.open_work(home.view("qua"), home.person("doc"))

    assert (found.typed, found.roles) == (1, ["Document control"])
    assert handover.open_work(home.view("qua"), home.person("qua")).roles == []


# --- what goes over ----------------------------------------------------------------------------------------------------


def test_owner_and_authorship_of_a_draft_go_over_in_one_act_and_the_work_with_them(home: TestHome) -> None:
    number = home.draft()
    before = head(number)

    hand(home, number, "ann", "bea")

    now, event = head(number), last(number)
    assert (now.owner_id, now.author_id, now.position) == (home.person("bea"), home.person("bea"), before.position + 1)
    assert (event["event"], event["reason"], event["note"]["duties"]) == (
        "document.reassigned",
        WHY,
        ["owner", "its_author"],
    )
    assert {str(t.person_id) for t in Task.objects.filter(record_id=now.pk)} == {str(home.person("bea"))}
    assert home.sign("bea", "document.submit", number).state == "in_review"


def test_the_owner_of_an_effective_document_changes_without_a_revision_or_a_version(home: TestHome) -> None:
    number = home.until(home.draft(), "effective")
    versions, signed = Version.objects.count(), Signature.objects.filter(record_id=head(number).pk).count()

    hand(home, number, "ann", "bea")

    now = head(number)
    assert (now.state, now.number, now.owner_id) == ("effective", number, home.person("bea"))
    assert records.values(now)["owner"]["name"] == "Bea Author"
    assert Version.objects.count() == versions
    assert Signature.objects.filter(record_id=now.pk).count() == signed
    assert [s["meaning"] for s in now.signed["done"]]
    assert last(number)["note"]["to"]["name"] == "Bea Author"
    assert "voided" not in last(number)


def test_the_next_revision_begins_with_whoever_has_the_duties_now(home: TestHome) -> None:
    number = home.until(home.draft(), "effective")
    hand(home, number, "ann", "bea")
    accounts.deactivate(home.people["adm"], head_of(home, "ann"), seen=None, reason="Left the company in May")

    second = home.revise("bea", number)

    assert (head(second).owner_id, head(second).author_id) == (home.person("bea"), home.person("bea"))


def head_of(home: TestHome, user: str) -> str:
    return str(Record.objects.get(pk=home.person(user)).number)


def test_a_reviewer_is_replaced_without_a_signature_falling(home: TestHome) -> None:
    number = home.until(home.draft(), "in_review")

    hand(home, number, "rob", "qua")

    now = head(number)
    assert now.state == "in_review"
    assert [s["meaning"] for s in now.signed["done"]] == ["authored"]
    assert {str(t.person_id) for t in Task.objects.filter(record_id=now.pk)} == {str(home.person("qua"))}
    with pytest.raises(Refused):
        home.sign("rob", "document.agree", number)
    assert home.sign("qua", "document.agree", number).state == "in_approval"


def test_a_duty_can_go_on_from_hand_to_hand_and_back(home: TestHome) -> None:
    number = home.until(home.draft(), "in_review")

    for leaver, to in (("rob", "qua"), ("qua", "quy"), ("quy", "rob")):
        hand(home, number, leaver, to)

    assert head(number).marks.get("handed", {}).get("reviewers", {}) == {}
    assert home.sign("rob", "document.agree", number).state == "in_approval"


def test_an_edit_of_a_field_that_was_handed_on_counts_from_whoever_has_it_now(home: TestHome) -> None:
    number = home.draft()
    hand(home, number, "rob", "qua")

    home.act("ann", "document.edit", number, fields={"title": "Other words", "reviewers": ["qua"]})
    assert [one["name"] for one in records.values(head(number))["reviewers"]] == ["Qua Quality"]
    assert last(number)["changed"] == [1]
    home.act("ann", "document.edit", number, fields={"reviewers": ["rob"]})

    assert [one["name"] for one in records.values(head(number))["reviewers"]] == ["Rob Reviewer"]
    assert "qua" not in [u for u in ("qua", "rob") if number in listed(home, u)]
    assert home.sign("ann", "document.submit", number).state == "in_review"
    assert home.sign("rob", "document.agree", number).state == "in_approval"


def test_an_owner_put_back_by_an_edit_is_the_owner(home: TestHome) -> None:
    number = home.draft()
    home.act("doc", "document.reassign", number, to="bea", reason=WHY)

    home.act("ann", "document.edit", number, fields={"owner": "ann"})

    assert head(number).owner_id == home.person("ann")


# --- who may not -------------------------------------------------------------------------------------------------------


def test_who_wrote_it_does_not_review_it(home: TestHome) -> None:
    """Quy edits, so Quy is a writer, though every role for a review is there."""
    number = home.draft(owner="quy")
    home.act("quy", "document.edit", number, fields={"audience": "Everybody"})
    home.act("ann", "document.edit", number, fields={"owner": "ann"})
    home.sign("ann", "document.submit", number)

    assert "reviewers_are_not_authors" in refused(home, number, "rob", "quy")


def test_a_reviewer_does_not_become_the_author(home: TestHome) -> None:
    assert "reviewers_are_not_authors" in refused(home, home.draft(), "ann", "rob")


def test_who_may_not_sign_a_review_is_not_made_a_reviewer(home: TestHome) -> None:
    number = home.until(home.draft(), "in_review")

    with pytest.raises(Refused) as caught:
        hand(home, number, "rob", "bea")

    assert "signer_authority" in {one.rule for one in caught.value.missing}
    assert "Reviewed" in caught.value.missing[0].text


def test_who_has_no_role_does_not_become_an_author(home: TestHome) -> None:
    assert "signer_authority" in refused(home, home.draft(), "ann", "rea")


def test_who_is_named_already_is_not_named_twice(home: TestHome) -> None:
    number = home.until(home.draft(reviewers=["rob", "qua"]), "in_review")

    assert "named_already" in refused(home, number, "rob", "qua")


def test_who_has_approved_for_the_function_does_not_become_owner_or_author_afterwards(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")
    home.sign("hed", "document.approve", number)

    assert "head_of_function_does_not_approve_own_work" in refused(home, number, "ann", "hed")


def test_the_head_who_handed_the_own_document_away_still_does_not_approve_it(home: TestHome) -> None:
    number = home.draft(owner="hed")
    hand(home, number, "hed", "bea")
    home.until(number, "in_approval")

    with pytest.raises(Refused) as caught:
        home.sign("hed", "document.approve", number)

    assert "head_of_function_does_not_approve_own_work" in {one.rule for one in caught.value.missing}


def test_authorship_that_was_handed_on_does_not_wash_off(home: TestHome) -> None:
    """Rob could sign a review by role; as the one who wrote it, Rob does not."""
    number = home.draft("doc", owner="doc", reviewers=["qua"])
    hand(home, number, "doc", "bea", by="rob")
    home.sign("bea", "document.submit", number)

    assert {str(home.person("doc")), str(home.person("bea"))} <= set(head(number).marks["editors"])


@pytest.mark.parametrize("by", ["ann", "bea", "qua", "adm", "rea", "tek"])
def test_nobody_hands_over_who_may_not_reassign(home: TestHome, by: str) -> None:
    number = home.until(home.draft(), "effective")

    assert "authority" in refused(home, number, "ann", "bea", by=by)


@pytest.mark.parametrize("to", ["", "nobody", "ann", "gone"])
def test_only_another_active_person_takes_over(home: TestHome, to: str) -> None:
    number = home.draft()
    if to == "gone":
        accounts.deactivate(home.people["adm"], head_of(home, "bea"), seen=None, reason="Left the company in May")
        to = "bea"

    with pytest.raises(Invalid):
        hand(home, number, "ann", to)


@pytest.mark.parametrize("reason", ["", "x", "..........."])
def test_a_hand_over_says_why(home: TestHome, reason: str) -> None:
    assert "reason_given" in refused(home, home.draft(), "ann", "bea", reason=reason)


def test_a_person_without_a_duty_there_hands_nothing_over(home: TestHome) -> None:
    assert "something_changes" in refused(home, home.draft(), "tek", "bea")


# --- many records ------------------------------------------------------------------------------------------------------


def run(home: TestHome, chosen: dict[str, int | None], **more: Any) -> dict[str, str]:
    given = {"leaver": "ann", "to": "bea", "reason": WHY, "key": "k"} | more
    found = handover.hand_over(home.people["doc"], chosen, **given)
    return {one.number: one.refusal.rule if one.refusal else "replayed" if one.replayed else "done" for one in found}


def seen(*numbers: str) -> dict[str, int | None]:
    return {number: head(number).position for number in numbers}


def test_each_record_gets_its_own_answer_and_a_refused_one_leaves_the_others_alone(home: TestHome) -> None:
    fine, clash, moved = home.draft(), home.draft(reviewers=["bea"]), home.draft()
    chosen = seen(fine, clash, moved)
    home.act("ann", "document.edit", moved, fields={"title": "Other words"})

    told = run(home, {**chosen, "SOP-998.01": 1})

    assert told == {fine: "done", clash: "reviewers_are_not_authors", moved: "look_again", "SOP-998.01": "not_visible"}
    assert (head(fine).owner_id, head(clash).owner_id) == (home.person("bea"), home.person("ann"))


def test_running_it_again_changes_nothing(home: TestHome) -> None:
    numbers = [home.draft(), home.until(home.draft(), "effective")]
    chosen = seen(*numbers)
    run(home, chosen)
    count = Event.objects.count()

    again, anew = run(home, chosen), run(home, seen(*numbers), key="another")

    assert set(again.values()) == {"replayed"}
    assert set(anew.values()) == {"something_changes"}
    assert Event.objects.count() == count
    assert listed(home, "ann") == {}


def test_a_preview_says_what_the_door_would_say_and_writes_nothing(home: TestHome) -> None:
    fine, clash = home.draft(), home.draft(reviewers=["bea"])
    before, rows = Event.objects.count(), copy.copy(head(fine).marks)

    found = {n: handover.preview(home.view("doc"), n, leaver="ann", to="bea") for n in (fine, clash, "SOP-998.01")}

    assert {n: one and one.rule for n, one in found.items()} == {
        fine: None, clash: "reviewers_are_not_authors", "SOP-998.01": "not_visible"}  # fmt: skip
    assert (Event.objects.count(), head(fine).marks) == (before, rows)


def test_a_hand_over_verifies_and_rebuilds(home: TestHome) -> None:
    number = home.until(home.draft(), "in_review")
    hand(home, number, "rob", "qua")
    hand(home, number, "ann", "bea")
    home.act("bea", "document.amend", number, fields={"reviewers": ["rob"]}, reason="Rob is back from leave")

    homes.expect_whole()
    assert queries.get_record(home.view("rob"), number).number == number

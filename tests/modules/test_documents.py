"""The life of a controlled document: revisions explained, effect planned, postponed, shared; reviews; retirement; copies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from pypdf import PdfReader

from indelible.assurance.rendition import building
from indelible.infra import canonical, clock
from indelible.kernel import config, reactions, timers
from indelible.kernel.errors import Invalid, NotFound, Refused
from indelible.kernel.models import Event, Record, Signature, Task, Timer
from indelible.practice import lookup, queries
from tests import homes
from tests.homes import TestHome

DAY = timedelta(days=1)


def head(number: str) -> Record:
    return Record.objects.get(number=number)


def effective(home: TestHome, **fields: Any) -> str:
    return home.until(home.draft(**fields), "effective")


def owned_by_the_head(home: TestHome, **fields: Any) -> str:
    """Bring a document into force and hand it to the head of the department."""
    number = effective(home, **fields)
    home.act("doc", "document.reassign", number, to="hed", reason="The head of the department owns it")
    return number


def refused(home: TestHome, who: str, act: str, number: str, **given: str) -> set[str]:
    """Try a signed move and give the rules that stand in the way."""
    with pytest.raises(Refused) as caught:
        home.sign(who, act, number, **given)
    return {one.rule or "" for one in caught.value.missing} | {caught.value.rule}


def form_of(home: TestHome, procedure: str) -> str:
    fields: dict[str, Any] = {"class": "form", "effective_on": None, "takes_effect_with": [procedure]}
    return home.draft(**fields)


def local(at: datetime) -> date:
    """Give the day in the company's zone."""
    return at.astimezone(ZoneInfo(config.current().company.zone)).date()


def in_days(days: int) -> str:
    return (local(clock.now()) + timedelta(days=days)).isoformat()


# --- revisions ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("left_out", ["reason_for_revision", "summary_of_changes", "revision_class"])
def test_a_revision_that_does_not_say_why_what_and_how_much_is_not_sent(home: TestHome, left_out: str) -> None:
    second = home.revise("ann", effective(home), **{left_out: None})

    assert "revision_is_explained" in refused(home, "ann", "document.submit", second)


def test_an_administrative_revision_goes_to_approval_without_review(home: TestHome) -> None:
    second = home.revise("ann", effective(home), revision_class="administrative")

    assert home.sign("ann", "document.submit_administrative", second).state == "draft"
    assert home.sign("doc", "document.submit_administrative", second).state == "in_approval"
    assert [s.meaning for s in Signature.objects.filter(record_id=head(second).pk).order_by("position")] == [
        "authored",
        "verified",
    ]


@pytest.mark.parametrize("of", ["full", "limited", None])
def test_only_an_administrative_revision_leaves_the_review_out(home: TestHome, of: str | None) -> None:
    second = home.revise("ann", effective(home), revision_class=of)

    assert "declared_move" in refused(home, "ann", "document.submit_administrative", second)


def test_a_first_revision_is_never_administrative(home: TestHome) -> None:
    number = home.draft(revision_class="administrative")

    assert "a_revision_is_in_force" in refused(home, "ann", "document.submit_administrative", number)


def test_an_administrative_revision_is_not_verified_before_its_author_has_signed(home: TestHome) -> None:
    second = home.revise("ann", effective(home), revision_class="administrative")

    assert "signer_authority" in refused(home, "doc", "document.submit_administrative", second)


def test_nobody_here_signs_as_author_of_a_document_from_outside(home: TestHome) -> None:
    number = home.act("doc", "document.create", fields={
        "title": "USP 71", "class": "external", "owner": "ann", "audience": "Microbiology", "reviewers": ["rob"],
        "department": home.departments["Quality Control"], "effective_on": "2020-01-01", "training": "none", "text": "See the pharmacopoeia",
    }).number  # fmt: skip

    assert "declared_move" in refused(home, "doc", "document.submit", number)
    assert home.sign("doc", "document.receive", number).state == "in_review"
    assert [s.meaning for s in Signature.objects.filter(record_id=head(number).pk)] == ["verified"]


def test_a_validation_document_is_approved_by_the_system_owner_too(home: TestHome) -> None:
    owner = {"process_owner": "hed", "owner": "sys", "department": home.departments["Quality Control"]}
    system = home.act("sys", "gxp_system.create", fields={"name": "A system"} | owner).number
    of: dict[str, Any] = {"class": "validation", "validation_kind": "plan", "system": [system]}
    number = home.until(home.draft(**of), "in_approval")

    assert [home.sign(who, "document.approve", number).state for who in ("hed", "qua")] == ["in_approval", "in_approval"]
    assert home.sign("sys", "document.approve", number).state == "approved"


# --- when it takes effect ----------------------------------------------------------------------------------------------


def test_a_document_without_a_day_or_a_companion_is_not_sent(home: TestHome) -> None:
    assert "effect_is_planned" in refused(home, "ann", "document.submit", home.draft(effective_on=None))


@pytest.mark.parametrize(("of", "days"), [("full", 14), ("limited", 7), ("administrative", 0)])
def test_time_for_training_is_left_between_approval_and_effect(home: TestHome, of: str, days: int) -> None:
    first = effective(home)
    early = home.revise("ann", first, revision_class=of, training="read", effective_on=in_days(days - 1))
    home.until(early, "in_approval")
    assert "training_window_is_left" in refused(home, "hed", "document.approve", early)

    home.act("ann", "document.amend", early, reason="The window was too short", fields={"effective_on": in_days(days + 1)})
    home.until(early, "approved")
    assert head(early).state == "approved"


def test_postponing_moves_the_day_and_voids_nothing(home: TestHome, later: Callable[[timedelta], None]) -> None:
    number = home.until(home.draft(effective_on=in_days(10)), "approved")
    signed, version = head(number).signed, head(number).version
    home.act("doc", "document.postpone", number, to=in_days(20), reason="Two people are on leave until then")
    home.act("doc", "document.postpone", number, to=in_days(25), reason="The freezer is not qualified yet")

    mark = head(number).marks["postponed"]
    assert (head(number).signed, head(number).version) == (signed, version)
    assert (mark["count"], local(clock.parse(mark["first"]))) == (2, date.fromisoformat(in_days(10)))
    assert local(Timer.objects.get(record_id=head(number).pk).due_at) == date.fromisoformat(in_days(25))
    later(21 * DAY)
    assert timers.run_due() == []
    later(5 * DAY)
    assert [done.state for done in timers.run_due()] == ["effective"]


@pytest.mark.parametrize(("who", "state", "to", "rule"), [
    ("ann", "approved", 5, "authority"), ("doc", "draft", 5, "nothing_planned"), ("doc", "approved", 0, "input"),
    ("doc", "approved", -3, "input"),
])  # fmt: skip
def test_what_cannot_be_postponed_so_is_refused(home: TestHome, who: str, state: str, to: int, rule: str) -> None:
    number = home.draft(effective_on=in_days(10))
    number = home.until(number, state) if state != "draft" else number
    before = Event.objects.count()

    with pytest.raises(Refused) as caught:
        home.act(who, "document.postpone", number, to=in_days(to), reason="Two people are on leave until then")
    assert (caught.value.rule, Event.objects.count()) == (rule, before)


@pytest.mark.parametrize("to", ["", "soon", "2026-02-30", "20261231x"])
def test_a_day_that_is_none_is_named(home: TestHome, to: str) -> None:
    number = home.until(home.draft(effective_on=in_days(10)), "approved")

    with pytest.raises(Invalid, match="day"):
        home.act("doc", "document.postpone", number, to=to, reason="Two people are on leave until then")


def test_a_form_takes_effect_in_the_same_act_as_its_procedure(home: TestHome) -> None:
    procedure = home.until(home.draft(), "approved")
    form = home.until(form_of(home, procedure[:-3]), "approved")
    with pytest.raises(Refused) as caught:
        home.act("doc", "document.take_effect", form)
    assert caught.value.rule == "its_procedure_is_effective"

    home.act("doc", "document.take_effect", procedure)
    assert [head(n).state for n in (procedure, form)] == ["effective", "effective"]
    assert head(form).in_force_from == head(procedure).in_force_from


def test_a_procedure_waits_for_a_form_that_is_not_approved(home: TestHome) -> None:
    procedure = home.until(home.draft(), "approved")
    form = form_of(home, procedure)

    with pytest.raises(Refused, match=form):
        home.act("doc", "document.take_effect", procedure)
    assert head(procedure).state == "approved"


# --- in force on a day --------------------------------------------------------------------------------------------------


def test_what_was_in_force_at_a_moment_is_known_for_ever(home: TestHome, later: Callable[[timedelta], None]) -> None:
    before = clock.now()
    first = effective(home)
    between = clock.now()
    later(30 * DAY)
    second = home.until(home.revise("ann", first), "effective")
    view = home.view("rea")

    found = [lookup.in_force_at(view, first[:-3], at) for at in (before, between, clock.now())]
    assert [one.number if one else None for one in found] == [None, first, second]
    assert head(first).in_force_until == head(second).in_force_from
    assert [
        r.number for r in queries.list_records(view, "document", filters={"as_of": local(between).isoformat()}).records
    ] == [first]


def test_a_draft_is_not_in_force_on_any_day_and_nobody_learns_of_it(home: TestHome) -> None:
    number = home.draft()

    assert lookup.in_force_at(home.view("rea"), number[:-3], clock.now()) is None


# --- periodic review ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "months"), [("procedure", 24), ("policy", 36)])
def test_a_document_is_due_for_review_and_shown_sixty_days_before(home: TestHome, later: Callable[[timedelta], None], kind: str,
                                                                  months: int) -> None:  # fmt: skip
    number = owned_by_the_head(home, **{"class": kind})
    due = head(number).due_at
    assert due is not None
    assert local(due) == local(clock.now()).replace(year=local(clock.now()).year + months // 12)

    assert number not in [record.number for _, record in queries.list_work(home.view("hed"))]
    later(due - clock.now() - 59 * DAY)
    assert number in [record.number for _, record in queries.list_work(home.view("hed"))]


def test_no_change_is_signed_by_owner_and_quality_and_begins_the_period_anew(
    home: TestHome, later: Callable[[timedelta], None]
) -> None:
    number = owned_by_the_head(home)
    first, version = head(number).due_at, head(number).version
    later(700 * DAY)
    home.sign("hed", "document.reaffirm", number, reason="Compared with practice and rules")
    assert head(number).due_at == first
    home.sign("qua", "document.reaffirm", number, reason="Compared with practice and rules")

    record = head(number)
    assert (record.state, record.version) == ("effective", version)
    assert record.due_at is not None
    assert first is not None
    assert record.due_at - first >= 698 * DAY
    assert Task.objects.filter(record_id=record.pk, from_at__gt=clock.now()).count() == 2


def test_the_author_may_review_an_own_document_and_never_approve_it(home: TestHome) -> None:
    home.people["bot"] = homes.hire(home, "bot", "Both Roles", ["author", "qa_approver"])
    number = home.draft("bot", owner="bot")
    home.sign("bot", "document.submit", number)
    home.sign("rob", "document.agree", number)
    for who in ("hed", "qua"):
        home.sign(who, "document.approve", number)
    home.act("doc", "document.take_effect", number)

    home.sign("bot", "document.reaffirm", number, reason="Compared with practice and rules")
    assert [s.meaning for s in Signature.objects.filter(record_id=head(number).pk).order_by("-position")[:1]] == ["reviewed"]
    home.sign("qua", "document.reaffirm", number, reason="Compared with practice and rules")
    assert "approver_is_not_author" in refused(home, "bot", "document.retire", number, reason="No longer needed here")


def test_a_document_under_revision_is_not_confirmed_as_it_stands(home: TestHome) -> None:
    number = owned_by_the_head(home)
    home.revise("ann", number)

    assert "no_revision_is_in_work" in refused(home, "hed", "document.reaffirm", number, reason="Compared with practice")


# --- the end ------------------------------------------------------------------------------------------------------------


def test_what_other_documents_in_force_refer_to_is_not_retired(home: TestHome) -> None:
    cited = effective(home)
    citing = effective(home, related=[cited[:-3]])
    with pytest.raises(Refused) as caught:
        home.sign("hed", "document.retire", cited, reason="Moved to the contract laboratory")
    assert citing in caught.value.missing[0].text

    for who in ("hed", "qua"):
        home.sign(who, "document.retire", citing, reason="Moved to the contract laboratory")
    for who in ("hed", "qua"):
        home.sign(who, "document.retire", cited, reason="Moved to the contract laboratory")
    assert head(cited).state == "retired"


# --- copies -------------------------------------------------------------------------------------------------------------


def copy_of(home: TestHome, document: str) -> str:
    fields = {
        "document": [document],
        "kind": "print to work by",
        "holder": "Quality Control",
        "place": "Bench 2",
        "copies": "1",
    }
    return home.act("doc", "controlled_copy.create", fields=fields).number


def test_people_get_paper_of_what_is_in_force_and_of_nothing_else(home: TestHome) -> None:
    number = copy_of(home, home.until(home.draft(), "approved"))

    with pytest.raises(Refused) as caught:
        home.act("doc", "controlled_copy.issue", number)
    assert caught.value.rule == "document_is_effective"


def test_copies_are_called_back_when_their_document_leaves_force_and_accounted_for_by_two(home: TestHome) -> None:
    document = effective(home)
    number = copy_of(home, document)
    home.act("doc", "controlled_copy.issue", number)
    home.until(home.revise("ann", document), "effective")
    reactions.run_pending()
    assert head(number).state == "recalled"
    assert head(number).due_at is not None

    assert "required_fields" in refused(home, "doc", "controlled_copy.reconcile", number)
    home.act("doc", "controlled_copy.edit", number, fields={"outcome": "destroyed", "returned_on": in_days(0)})
    home.sign("doc", "controlled_copy.reconcile", number)
    assert home.sign("qua", "controlled_copy.reconcile", number).state == "reconciled"


@pytest.mark.parametrize("who", ["ann", "rea", "qua"])
def test_only_document_control_issues_copies(home: TestHome, who: str) -> None:
    document = effective(home)
    with pytest.raises(Refused):
        home.act(who, "controlled_copy.create", fields={"document": [document], "kind": "print to work by"})


def test_the_trail_says_from_when_to_when_a_day_was_moved(home: TestHome) -> None:
    number = home.until(home.draft(effective_on=in_days(10)), "approved")
    home.act("doc", "document.postpone", number, to=in_days(20), reason="Two people are on leave until then")

    note = canonical.decode(Event.objects.latest("id").payload)["note"]
    assert note["from"] < note["to"]


def test_no_copy_is_found_by_whom_nothing_is_shown(home: TestHome) -> None:
    with pytest.raises(NotFound):
        queries.get_record(home.view("rea"), "CPY-99999")


def test_a_copy_says_on_each_page_as_which_it_was_given_out(home: TestHome) -> None:
    document = effective(home)
    number = copy_of(home, document)
    view = home.view("doc")
    with pytest.raises(NotFound):
        building.pdf(view, head(document), copy=head(number))
    home.act("doc", "controlled_copy.issue", number)

    pages = PdfReader(BytesIO(building.pdf(view, head(document), copy=head(number)))).pages
    assert all(f"Controlled copy {number}: Quality Control, Bench 2" in page.extract_text() for page in pages)
    plain = PdfReader(BytesIO(building.pdf(view, head(document)))).pages
    assert all("Uncontrolled copy" in page.extract_text() for page in plain)


def test_a_copy_of_one_document_is_no_copy_of_another(home: TestHome) -> None:
    document, other = effective(home), effective(home)
    number = copy_of(home, document)
    home.act("doc", "controlled_copy.issue", number)

    with pytest.raises(NotFound):
        building.pdf(home.view("doc"), head(other), copy=head(number))


def test_the_code_on_paper_leads_to_the_revision_in_force(home: TestHome, monkeypatch: pytest.MonkeyPatch) -> None:
    document = effective(home)
    assert building.data(home.view("rea"), head(document), trail=False).address == ""
    monkeypatch.setattr(settings, "PUBLIC_URL", "https://quality.example")

    data = building.data(home.view("rea"), head(document), trail=False)
    assert data.address == f"https://quality.example/r/{document[:-3]}"
    text = PdfReader(BytesIO(building.pdf(home.view("rea"), head(document)))).pages[0].extract_text()
    assert data.address in text

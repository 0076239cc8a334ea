"""The door: a document's life, refusals that change nothing, repeated requests, voided signatures."""

from __future__ import annotations

from typing import Any

import pytest

from indelible.infra import canonical
from indelible.kernel import acts, timers
from indelible.kernel.errors import Conflict, Invalid, NotFound, Refused
from indelible.kernel.models import AccessGrant, Event, Record, Refusal, Signature, Version
from indelible.practice import history
from tests.homes import TestHome


def payload(number: str, position: int) -> Any:
    record = Record.objects.get(number=number)
    return canonical.decode(Event.objects.get(record_id=record.id, position=position).payload)


def test_a_document_goes_from_draft_to_effective_with_its_signatures(home: TestHome) -> None:
    number = home.until(home.draft(), "effective")

    record = Record.objects.get(number=number)
    signed = [(s.printed_name, s.meaning) for s in Signature.objects.filter(record_id=record.id).order_by("position")]

    assert (record.state, record.standing) == ("effective", "in_force")
    assert signed == [("Ann Author", "authored"), ("Rob Reviewer", "reviewed"), ("Hed Head", "approved"),
                      ("Qua Quality", "quality_approved")]  # fmt: skip


def test_an_amendment_voids_exactly_the_signatures_that_covered_it_and_names_them(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")
    home.sign("hed", "document.approve", number)

    done = home.act("ann", "document.amend", number, reason="Step 3 named the wrong buffer", fields={"text": "## 1 New"})

    voided = {(v["name"], v["meaning"]) for v in payload(number, done.position)["voided"]}
    assert voided == {("Ann Author", "authored"), ("Rob Reviewer", "reviewed"), ("Hed Head", "approved")}
    assert done.state == "draft"


def test_a_refusal_changes_nothing_but_the_refusal_log(home: TestHome) -> None:
    number = home.draft()
    events, refusals = Event.objects.count(), Refusal.objects.count()

    with pytest.raises(Refused) as refused:
        home.act("doc", "document.edit", number, fields={"title": "Mine"})

    assert refused.value.rule == "authority"
    assert (Event.objects.count(), Refusal.objects.count()) == (events, refusals + 1)


def test_what_a_person_may_not_see_does_not_exist_for_them(home: TestHome) -> None:
    number = home.draft()

    with pytest.raises(NotFound):
        home.act("rea", "document.comment", number, text="What is this?")
    assert canonical.decode(Refusal.objects.latest("id").payload)["rule"] == "not_visible"


def test_the_same_request_twice_acts_once_and_another_body_is_refused(home: TestHome) -> None:
    first = home.act("ann", "document.create", key="k-1", fields={"title": "One", "class": "procedure"})
    again = home.act("ann", "document.create", key="k-1", fields={"title": "One", "class": "procedure"})

    assert (again.record, again.leaf, again.replayed) == (first.record, first.leaf, True)
    with pytest.raises(Invalid, match="idempotency key"):
        home.act("ann", "document.create", key="k-1", fields={"title": "Two", "class": "procedure"})


def test_who_looked_at_an_older_position_looks_again(home: TestHome) -> None:
    number = home.draft()
    home.act("ann", "document.edit", number, fields={"title": "Second title"})

    with pytest.raises(Conflict) as conflict:
        home.act("ann", "document.edit", number, seen=1, fields={"title": "Third title"})

    assert conflict.value.present["position"] == 2


def test_the_author_does_not_approve(home: TestHome) -> None:
    number = home.until(home.draft(owner="ann"), "in_approval")

    with pytest.raises(Refused) as refused:
        home.sign("ann", "document.approve", number)

    assert refused.value.rule == "signer_authority"
    assert "Hed Head" in refused.value.who_can


def test_a_head_approves_for_the_own_department_only(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")

    with pytest.raises(NotFound):
        home.act("tek", "document.approve", number)
    with pytest.raises(Refused, match="may not give a signature"):
        home.sign("doc", "document.approve", number)


def test_a_signature_without_presence_or_with_another_statement_is_refused(home: TestHome) -> None:
    number = home.draft()

    with pytest.raises(Refused) as refused:
        home.act("ann", "document.submit", number)

    assert refused.value.rule == "presence"


def test_one_revision_is_in_force_and_its_predecessor_leaves_in_the_same_act(home: TestHome) -> None:
    first = home.until(home.draft(), "effective")
    second = home.revise("ann", first)
    home.until(second, "approved")
    assert [o.state for o in timers.run_due()] == ["effective"]

    states = dict(Record.objects.filter(series=first[:-3]).values_list("number", "state"))
    assert states == {first: "superseded", second: "effective"}


def test_an_act_of_another_type_does_not_reach_the_record(home: TestHome) -> None:
    with pytest.raises(NotFound):
        acts.run(home.people["ann"], "grant.end", home.draft())


def test_a_restriction_takes_two_people_and_withholds_the_earlier_versions_but_not_their_hashes(home: TestHome) -> None:
    number = home.draft(title="Sample of Jane Miller")
    home.act("ann", "document.edit", number, fields={"title": "Sample of subject 014"}, reason="A name had been entered")

    home.sign("qua", "document.restrict", number, reason="Personal data of a patient")
    with pytest.raises(Refused, match="signed in this step"):
        home.sign("qua", "document.restrict", number, reason="Personal data of a patient")
    home.sign("quy", "document.restrict", number, reason="Personal data of a patient")

    record = Record.objects.get(number=number)
    versions = {v.number: v for v in Version.objects.filter(record_id=record.id)}
    assert versions[1].content == ""
    assert len(bytes(versions[1].sha256)) == 32
    assert "subject 014" in versions[2].content
    assert "Jane Miller" not in str([(h.changes, h.reason) for h in history.of_record(record)])


def test_what_has_only_its_present_version_is_not_restricted(home: TestHome) -> None:
    number = home.draft()

    with pytest.raises(Refused, match="only the present version"):
        home.sign("qua", "document.restrict", number, reason="Personal data of a patient")


def test_a_deactivated_persons_roles_end_in_the_same_act_and_nothing_more_is_done(home: TestHome) -> None:
    person = Record.objects.get(pk=home.person("ann"))
    home.act("adm", "person.deactivate", person.number, reason="Left the company today")

    assert not AccessGrant.objects.filter(person_id=person.pk, until_at=None).exists()
    with pytest.raises(Refused, match="active person"):
        home.act("ann", "document.create", fields={"title": "Too late", "class": "procedure"})

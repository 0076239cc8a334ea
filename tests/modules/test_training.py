"""Training: assigned by itself, signed by whoever learned it, asked for before a revision takes effect and before an act."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from indelible.kernel import acts, records
from indelible.kernel.context import SYSTEM
from indelible.kernel.errors import Refused
from indelible.kernel.models import Outbox, Record, Task
from indelible.practice import looks, queries
from tests.homes import TestHome
from tests.modules.events import day, head, refused
from tests.modules.trained import (
    WHY,
    curriculum,
    drafted,
    grant,
    in_force,
    mine,
    only,
    practice,
    read,
    settle,
)

Later = Callable[[timedelta], None]
DAY = timedelta(days=1)
STAFF = 12  # people of the template who are no guests


def test_a_curriculum_assigns_to_everybody_it_means_and_to_nobody_else(home: TestHome) -> None:
    number = in_force(home)

    curriculum(home, number[:-3])

    assert len(Record.objects.filter(type="training", state="assigned")) == STAFF
    assert not mine(home, "gue")
    values = records.values(only(home, "rea"))
    assert (values["document"], values["kind"], values["because"]) == ([{"number": number}], "read", "curriculum")
    assert values["due_on"] == day(30)


@pytest.mark.parametrize(
    ("fields", "people"),
    [
        ({"roles": ["author"]}, {"ann", "bea"}),
        ({"roles": ["dept_approver"]}, {"hed", "tek"}),
        ({"roles": ["dept_approver"], "departments": ["Operations"]}, {"tek"}),
        ({"departments": ["Operations"]}, set()),
        ({"people": ["rea"], "roles": ["executive"]}, {"rea", "exe"}),
    ],
)
def test_roles_departments_and_names_say_who_is_meant(home: TestHome, fields: dict[str, Any], people: set[str]) -> None:
    if "departments" in fields:
        fields = fields | {"departments": [home.departments[name] for name in fields["departments"]]}
    curriculum(home, in_force(home)[:-3], **fields)

    assert {user for user in home.people if mine(home, user)} == people


def test_asking_again_assigns_nothing_twice(home: TestHome) -> None:
    number = in_force(home)
    curriculum(home, number[:-3])
    curriculum(home, number[:-3], title="The same once more", roles=["author"])
    grant(home, "rea", "author")

    assert [len(mine(home, user)) for user in ("ann", "rea")] == [1, 1]
    assert not Outbox.objects.filter(done_at=None)


def test_a_draft_curriculum_asks_for_nothing(home: TestHome) -> None:
    drafted(home, in_force(home)[:-3])
    settle()

    assert not Record.objects.filter(type="training").exists()


def test_a_new_role_and_a_new_department_bring_their_training_and_take_it_away(home: TestHome) -> None:
    curriculum(home, in_force(home)[:-3], roles=["trainer"], departments=[home.departments["Operations"]], days="7")
    given = grant(home, "rea", "trainer")
    assert not mine(home, "rea")

    home.act("adm", "person.edit", head_of(home, "rea"), fields={"department": home.departments["Operations"]})
    settle()
    assert records.values(only(home, "rea"))["because"] == "role"
    assert records.values(only(home, "rea"))["due_on"] == day(7)

    acts.run(SYSTEM, "grant.end", head(given).id, reason="No longer needed for the work")
    settle()
    assert only(home, "rea").state == "cancelled"


def head_of(home: TestHome, user: str) -> str:
    return Record.objects.get(pk=home.person(user)).number


def test_a_leaver_has_no_open_training(home: TestHome) -> None:
    curriculum(home, in_force(home)[:-3])
    home.act("adm", "person.deactivate", head_of(home, "rea"), reason="Left the company this week")
    settle()

    assert only(home, "rea").state == "cancelled"
    assert only(home, "bea").state == "assigned"


def test_reading_is_signed_by_its_person_after_opening_the_document(home: TestHome) -> None:
    curriculum(home, in_force(home)[:-3])
    training = only(home, "rea")

    assert "document_was_opened" in refused(home, "rea", "training.acknowledge", training.number)
    assert "signer_authority" in refused(home, "qua", "training.acknowledge", training.number)
    read(home, "rea", training)

    assert only(home, "rea").state == "done"
    assert not Task.objects.filter(record_id=training.pk).exists()


def test_a_version_that_was_not_opened_counts_as_unread(home: TestHome) -> None:
    number = in_force(home)
    looks.look(home.people["rea"], head(number))
    curriculum(home, number[:-3])
    home.until(home.revise("ann", number, training="read", effective_on=day(14)), "approved")
    settle()
    second = only(home, "rea", of=f"{number[:-3]}.02")

    assert "document_was_opened" in refused(home, "rea", "training.acknowledge", second.number)


def test_practice_is_confirmed_by_both_each_in_the_own_session(home: TestHome) -> None:
    grant(home, "bea", "trainer")
    number = practice(home, "rea")

    assert "signer_authority" in refused(home, "bea", "training.sign_off", number)  # the learner signs first
    home.sign("rea", "training.sign_off", number)
    assert head(number).state == "assigned"
    assert "signer_authority" in refused(home, "rea", "training.sign_off", number)
    assert "signer_authority" in refused(home, "rob", "training.sign_off", number)
    home.sign("bea", "training.sign_off", number)

    assert head(number).state == "done"
    assert [s.person_id for s in queries.list_signatures(head(number))] == [home.person("rea"), home.person("bea")]


def test_nobody_confirms_the_own_practice(home: TestHome) -> None:
    grant(home, "bea", "trainer")
    number = practice(home, "bea")
    home.sign("bea", "training.sign_off", number)

    assert {"trainer_is_not_trainee", "signers_of_a_step_are_distinct"} <= refused(home, "bea", "training.sign_off", number)


def test_nothing_is_confirmed_before_it_says_what_was_taught(home: TestHome) -> None:
    number = practice(home, "rea", taught=None)

    assert "what_was_taught_is_said" in refused(home, "rea", "training.sign_off", number)


def test_quality_waives_with_evidence_and_never_the_own_training(home: TestHome) -> None:
    number = practice(home, "qua")
    assert "equivalent_evidence_is_given" in refused(home, "quy", "training.waive", number)
    home.act("rob", "training.edit", number, fields={"evidence": "Certificate of the maker, of last month"})
    assert "signer_is_not_trainee" in refused(home, "qua", "training.waive", number)

    home.sign("quy", "training.waive", number, WHY)

    assert head(number).state == "waived"


@pytest.mark.parametrize("field", ["trainee", "due_on", "kind", "acts", "valid_until"])
def test_what_was_assigned_stays_as_it_was(home: TestHome, field: str) -> None:
    number = practice(home, "rea")
    other = {"trainee": "bea", "due_on": day(90), "kind": "class", "acts": "change", "valid_until": day(900)}[field]

    with pytest.raises(Refused) as caught:
        home.act("rob", "training.edit", number, fields={field: other})

    assert caught.value.rule == "assignment_stays_as_made"


def test_reading_without_a_document_is_not_assigned(home: TestHome) -> None:
    with pytest.raises(Refused) as caught:
        practice(home, "rea", kind="read")

    assert caught.value.rule == "training_has_its_matter"


def test_nobody_assigns_to_who_has_left(home: TestHome) -> None:
    home.act("adm", "person.deactivate", head_of(home, "bea"), reason="Left the company this week")

    with pytest.raises(Refused) as caught:
        practice(home, "bea")

    assert caught.value.rule in ("trainee_is_active", "input")


def test_who_is_no_manager_assigns_nothing(home: TestHome) -> None:
    fields = {"what": "Course", "trainee": "rea", "kind": "class", "because": "other", "due_on": day(3)}

    with pytest.raises(Refused) as caught:
        home.act("ann", "training.create", fields=fields)

    assert caught.value.rule == "authority"


# Curricula


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"everybody": False}, "somebody_is_meant"),
        ({"acts": "changes"}, "tied_acts_are_known"),
        ({"acts": "change.fly"}, "tied_acts_are_known"),
        ({"acts": "deviation.create"}, "tied_acts_are_known"),
        ({"acts": "change, deviation.submit.twice"}, "tied_acts_are_known"),
    ],
)
def test_a_curriculum_that_says_too_little_or_too_much_is_not_submitted(
    home: TestHome, fields: dict[str, Any], rule: str
) -> None:
    number = drafted(home, in_force(home)[:-3], **fields)

    assert rule in refused(home, "ann", "curriculum.submit", number)


def test_the_next_revision_of_a_curriculum_says_why_and_replaces_the_first(home: TestHome) -> None:
    procedure_number = in_force(home)
    number = curriculum(home, procedure_number[:-3])
    second = home.act("ann", "curriculum.revise", number, fields={"everybody": False, "roles": ["author"]}).number
    assert "revision_says_why" in refused(home, "ann", "curriculum.submit", second)
    home.act("ann", "curriculum.edit", second, fields={"reason_for_revision": "Only authors work by it"})
    home.sign("ann", "curriculum.submit", second)
    for who in ("hed", "qua"):
        home.sign(who, "curriculum.approve", second)
    settle()

    assert head(number).state == "superseded"
    assert (only(home, "rea").state, only(home, "ann").state) == ("cancelled", "assigned")


def test_an_interrupted_assignment_goes_on_where_it_stopped(home: TestHome) -> None:
    """What is done already is not done twice, and the rest is done: the outbox asks again after a crash."""
    curriculum(home, in_force(home)[:-3])
    first = Record.objects.filter(type="training").count()
    Outbox.objects.update(done_at=None)  # as if the process had died before it could say that it was done
    settle()

    assert Record.objects.filter(type="training").count() == first
    assert not Outbox.objects.filter(done_at=None)


def test_who_has_confirmed_a_practice_is_not_asked_for_it_any_more(home: TestHome) -> None:
    training = practice(home, "bea")
    assert training in [record.number for _, record in queries.list_work(home.view("bea"))]

    home.sign("bea", "training.sign_off", training)

    assert training not in [record.number for _, record in queries.list_work(home.view("bea"))]
    assert {task.capacity for task in Task.objects.filter(record_id=head(training).pk)} == {"trainer"}

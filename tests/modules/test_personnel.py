"""Personnel files: who signs which item, who sees it, what takes the place of what (211.25(a), 58.29)."""

from __future__ import annotations

from typing import Any

import pytest

from indelible.kernel import records
from indelible.kernel.errors import NotFound, Refused
from indelible.kernel.models import Task
from indelible.modules.people import personnel
from indelible.practice import queries
from tests.faces.calling import caller
from tests.homes import TestHome, hire
from tests.modules.events import head, refused
from tests.modules.files import filed, item, told
from tests.modules.trained import settle
from tests.properties import paper


@pytest.mark.parametrize(
    ("who", "fields", "rule"),
    [
        ("ann", {}, "signer_authority"),  # a colleague
        ("qua", {}, "signer_authority"),  # Quality
        ("rob", {}, "signer_authority"),
        ("bea", {"manager": "bea"}, "manager_leads_the_person"),
        ("bea", {"manager": "ann"}, "manager_leads_the_person"),
        ("bea", {"manager": "qua"}, "manager_leads_the_person"),  # leads no function
        ("tek", {"manager": "tek"}, "manager_leads_the_person"),  # heads another one
        ("bea", {"manager": None}, "required_fields"),
        ("bea", {"text": None}, "item_holds_something"),
        ("bea", {"valid_until": "2020-01-01"}, "item_is_still_valid"),
    ],
)
def test_a_job_description_is_signed_by_nobody_else_and_not_as_it_should_not_be(
    home: TestHome, who: str, fields: dict[str, Any], rule: str
) -> None:
    number = item(home, "bea", "job_description", **fields)
    if who not in ("bea", "tek", "qua", "rob"):
        with pytest.raises(NotFound):
            home.sign(who, "personnel_item.agree", number)
        return

    assert refused(home, who, "personnel_item.agree", number) - {None} == {rule}


def test_the_manager_signs_once_and_not_for_the_person(home: TestHome) -> None:
    number = item(home, "bea", "job_description", manager="hed")

    home.sign("hed", "personnel_item.agree", number)

    assert refused(home, "hed", "personnel_item.agree", number) - {None} == {"signer_authority"}
    assert head(number).state == "draft"
    assert home.sign("bea", "personnel_item.agree", number).state == "in_force"


def test_the_manager_does_not_approve_what_the_manager_wrote(home: TestHome) -> None:
    number = item(home, "bea", "job_description", by="hed", manager="hed")

    assert refused(home, "hed", "personnel_item.agree", number) - {None} == {"approver_is_not_author"}


def test_a_head_of_function_whose_role_sleeps_signs_nothing_for_others(home: TestHome) -> None:
    (cv,) = [one.number for one in personnel.items(home.person("hed")) if personnel.kind_of(one) == "cv"]
    number = item(home, "bea", "job_description", manager="hed")
    home.sign("qua", "personnel_item.void", cv, reason="It is the CV of somebody else")

    assert "manager_leads_the_person" in refused(home, "bea", "personnel_item.agree", number)
    assert "role_is_awake" in refused(home, "hed", "personnel_item.agree", number)  # and says so


def test_somebody_of_management_has_another_head_of_function_as_manager(home: TestHome) -> None:
    number = item(home, "exe", "job_description", manager="tek")

    home.sign("exe", "personnel_item.agree", number)

    assert home.sign("tek", "personnel_item.agree", number).state == "in_force"


def test_an_edit_after_the_first_signature_takes_it_away(home: TestHome) -> None:
    number = item(home, "bea", "job_description")
    home.sign("bea", "personnel_item.agree", number)

    home.act("bea", "personnel_item.edit", number, fields={"text": "## 1 Other work"})

    assert home.sign("exe", "personnel_item.agree", number).state == "draft"


@pytest.mark.parametrize("who", ["exe", "ann", "qua", "rob"])
def test_a_cv_is_signed_by_the_person_alone(home: TestHome, who: str) -> None:
    number = item(home, "bea", "cv")

    with pytest.raises((Refused, NotFound)):
        home.sign(who, "personnel_item.declare", number)

    assert home.sign("bea", "personnel_item.declare", number).state == "in_force"


def test_the_person_does_not_see_the_own_original(home: TestHome) -> None:
    own = item(home, "rob", "education")
    assert refused(home, "rob", "personnel_item.see_original", own) - {None} == {"original_is_seen_by_another"}

    number = item(home, "bea", "education")
    assert refused(home, "bea", "personnel_item.see_original", number) - {None} == {"signer_authority"}
    assert home.sign("rob", "personnel_item.see_original", number).state == "in_force"


@pytest.mark.parametrize(("who", "kind"), [("bea", "cv"), ("adm", "job_description"), ("gue", "education")])
def test_nobody_begins_an_item_of_somebody_elses_file(home: TestHome, who: str, kind: str) -> None:
    with pytest.raises(Refused) as refusal:
        item(home, "ann", kind, by=who)

    assert refusal.value.rule == "file_is_ones_own_or_administered"


def test_whose_file_it_is_does_not_change(home: TestHome) -> None:
    number = item(home, "bea", "cv")

    for fields in ({"person": "ann"}, {"kind": "other"}):
        assert told(home, "bea", "personnel_item.edit", number, fields=fields).rule == "file_is_ones_own_or_administered"


def test_a_file_is_seen_by_the_person_the_manager_quality_and_who_administers_training_and_by_nobody_else(
    home: TestHome,
) -> None:
    hire(home, "tra", "Tra Iner", ["trainer"])
    number = item(home, "bea", "job_description", manager="hed")
    home.sign("bea", "personnel_item.agree", number)
    home.sign("hed", "personnel_item.agree", number)

    def sees(user: str) -> bool:
        found = {one.number for one in queries.list_records(home.view(user), "personnel_item").records}
        try:
            queries.get_record(home.view(user), number)
        except NotFound:
            assert number not in found
            return False
        assert number in found
        return True

    assert {user for user in home.people if sees(user)} == {"bea", "hed", "rob", "qua", "quy", "tra"}
    assert caller(home, "ann").get(f"/records/personnel_item/{number}").status_code == 404


def test_what_does_not_run_out_asks_nobody_for_anything(home: TestHome) -> None:
    numbers = filed(home, "bea")

    assert not Task.objects.filter(record_id__in=[head(one).pk for one in numbers]).exists()
    assert head(numbers[0]).due_at is None


def test_a_proof_of_education_is_superseded_only_when_somebody_says_so(home: TestHome) -> None:
    one = item(home, "bea", "education")
    home.sign("rob", "personnel_item.see_original", one)
    assert refused(home, "bea", "personnel_item.supersede", one) - {None} == {"a_newer_one_is_in_force"}
    two = item(home, "bea", "education")
    assert refused(home, "bea", "personnel_item.supersede", one) - {None} == {"a_newer_one_is_in_force"}  # a draft is none
    home.sign("rob", "personnel_item.see_original", two)
    settle()
    assert head(one).state == "in_force"

    assert refused(home, "bea", "personnel_item.supersede", two) - {None} == {
        "a_newer_one_is_in_force"
    }  # it is the newer one
    assert home.act("bea", "personnel_item.supersede", one).state == "superseded"


def test_a_job_description_on_paper_counts_when_a_second_person_certified_its_scan(founding: TestHome) -> None:
    home = founding
    number = item(home, "bea", "cv")

    given = paper.page(home, head(number), "declare", "bea")
    home.act("rob", "personnel_item.certify", number, **given)

    assert head(number).state == "in_force"
    assert records.values(head(number))["kind"] == "cv"


def test_a_signature_that_was_given_is_no_longer_asked_for_and_the_other_one_still_is(home: TestHome) -> None:
    number = item(home, "bea", "job_description")

    home.sign("bea", "personnel_item.agree", number)

    (task,) = Task.objects.filter(record_id=head(number).pk)
    assert (task.person_id, task.meaning) == (home.person("exe"), "approved")

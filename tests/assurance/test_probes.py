"""Each probe of the boards can turn red: a planted lack is named, and what is there again is shown again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from indelible.assurance import backup
from indelible.assurance.boards import live, probes
from indelible.infra import build, clock
from indelible.kernel import acts, config
from indelible.kernel.context import SYSTEM
from indelible.kernel.models import Record
from indelible.modules.suppliers import probes as of_suppliers
from indelible.practice import inventory, probing
from indelible.practice.probing import NOT_SHOWN, OPEN, SHOWN, Finding
from tests import homes
from tests.homes import TestHome
from tests.modules import supplies
from tests.modules import validating as ways
from tests.modules.events import reported
from tests.modules.test_periodic_reviews import closed, opened
from tests.modules.test_ready_to_sign import without_letter
from tests.modules.test_validated_state import qualified
from tests.modules.trained import settle

Later = Callable[..., None]
DAY = timedelta(days=1)
damaged = pytest.mark.damaged(reason="what is tested is that the damage is told")


@pytest.fixture
def later() -> Iterator[Later]:
    """Let time go by for the product; spans add up."""
    gone = [timedelta()]

    def let(**span: int) -> None:
        gone[0] += timedelta(**span)
        clock.simulate(lambda real: real + gone[0])

    yield let
    clock.simulate(None)


def ask(home: TestHome, name: str, **policies: Any) -> Finding:
    """Ask a probe as Quality does; with other policies where they are named."""
    view = home.view("qua")
    if policies:
        configuration = view.configuration.model_copy(
            update={"policies": view.configuration.policies.model_copy(update=policies)}
        )
        view = replace(view, configuration=configuration)
    return probing.ask(view, name)


def without(home: TestHome, kind: str, name: str) -> Finding:
    """Ask a probe where the configuration has no such type."""
    view = home.view("qua")
    types = {key: value for key, value in view.configuration.types.items() if key != kind}
    return probing.ask(replace(view, configuration=view.configuration.model_copy(update={"types": types})), name)


@pytest.mark.engine_free
def test_an_unknown_probe_and_an_unknown_document_are_errors_and_no_state() -> None:
    with pytest.raises(KeyError):
        probing.ask(None, "nobody_made_this")  # type: ignore[arg-type]


def test_a_document_that_no_validation_has_is_an_error(home: TestHome) -> None:
    with pytest.raises(KeyError):
        ask(home, "document letter")


@pytest.mark.parametrize(
    "name",
    ["validated", "own_pq", "evidence_holds", "inventory_kept", "evaluated", "classified", "procedures_in_force", "verified", "backed_up",
     "restore_tested", "continuity_set", "signing_procedure_in_force", "signers_trained", "training_on_time", "release_reviewed",
     "suppliers_overseen", "host_certificate", "host_assessed", "host_overseen", "host_targets", "host_evidence quality agreement",
     "document plan", "document summary report", "document OQ report", "procedure periodic review", "review periodic_review",
     "security_contact"],
)  # fmt: skip
def test_in_a_home_where_nothing_was_done_it_is_not_shown_and_says_what_lacks(home: TestHome, name: str) -> None:
    found = ask(home, name)

    assert (found.state, bool(found.says)) == (NOT_SHOWN, True)


@pytest.mark.parametrize(
    "name", ["on_time complaint", "kept complaint,calibration", "review access_reviews_of_nobody", "kept nothing_known"]
)
def test_what_was_never_begun_or_is_not_declared_is_open_and_never_shown(home: TestHome, name: str) -> None:
    assert ask(home, name).state == OPEN


@pytest.mark.parametrize(
    ("kind", "name"),
    [("certification_letter", "letter_filed"), ("training", "signers_trained"), ("training", "training_on_time"),
     ("document", "procedure sample"), ("supplier_evidence", "release_reviewed"), ("supplier", "suppliers_overseen"),
     ("gxp_system", "inventory_kept"), ("gxp_system", "host_certificate"), ("test_deviation", "test_deviations_ended"),
     ("periodic_review", "review periodic_review")],
)  # fmt: skip
def test_without_its_type_nothing_is_shown(home: TestHome, kind: str, name: str) -> None:
    assert without(home, kind, name).state == OPEN


def test_a_letter_that_counts_no_more_and_a_further_entity_are_told(home: TestHome) -> None:
    assert ask(home, "letter_filed").state == SHOWN
    home.act("rob", "company.create", fields={"name": "Second Example Company, Inc.", "address": "1 Main Street"})
    settle()
    assert ask(home, "letter_filed").says == "No letter is filed of CMP-02."
    without_letter(home)
    assert ask(home, "letter_filed").says == "No letter to FDA is filed."


def test_an_identity_that_is_to_be_verified_again_is_told(home: TestHome) -> None:
    assert ask(home, "identities_verified").state == SHOWN
    acts.run(SYSTEM, "person.note_recovery", home.person("ann"), reason="A recovery code was used")
    assert ask(home, "identities_verified").state == NOT_SHOWN


def test_a_statement_in_other_words_is_accepted_by_nobody_and_an_empty_one_is_none(home: TestHome) -> None:
    assert ask(home, "statements_accepted", signing_statement="Other words").state == NOT_SHOWN
    assert (
        ask(home, "statements_accepted", signing_statement="").says
        == "The configuration holds no statement on electronic signatures."
    )


def test_somebody_who_left_and_is_active_is_told(home: TestHome, later: Later) -> None:
    assert ask(home, "leavers_disabled").state == SHOWN
    left = (clock.now() + DAY).date().isoformat()
    home.act("adm", "person.edit", Record.objects.get(pk=home.person("bea")).number, fields={"left_on": left})
    assert ask(home, "leavers_disabled").state == SHOWN
    later(days=3)
    found = ask(home, "leavers_disabled")
    assert (found.state, found.number) == (NOT_SHOWN, Record.objects.get(pk=home.person("bea")).number)


def test_accounts_that_nobody_uses_are_told(home: TestHome, later: Later) -> None:
    assert ask(home, "accounts_used").state == SHOWN
    later(days=200)
    assert ask(home, "accounts_used").state == NOT_SHOWN


@damaged
def test_a_right_without_its_event_and_an_account_of_nobody_are_told(home: TestHome) -> None:
    assert (ask(home, "access_by_grant").state, ask(home, "accounts_personal").state) == (SHOWN, SHOWN)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE access_grant SET role = 'qa_approver' WHERE role = 'author'")
        cursor.execute("UPDATE account SET person_id = '00000000000000000000000000000001' WHERE user_id = 'bea'")
    assert (ask(home, "access_by_grant").state, ask(home, "accounts_personal").state) == (NOT_SHOWN, NOT_SHOWN)


def test_a_verification_that_found_something_or_is_old_is_not_shown(home: TestHome, later: Later) -> None:
    backup.noted(probes.VERIFIED, "Everything is as it was recorded: 12 events")
    assert ask(home, "verified").state == SHOWN
    later(days=3)
    assert ask(home, "verified").state == NOT_SHOWN
    backup.noted(probes.VERIFIED, "Everything is as it was recorded: 12 events")
    assert ask(home, "verified").state == SHOWN
    backup.noted(probes.VERIFIED, "2 findings: 12 events")
    assert "2 findings" in ask(home, "verified").says
    assert ask(home, "verified").state == NOT_SHOWN


@pytest.mark.parametrize(("name", "act"), [("backed_up", backup.NOTED), ("restore_tested", backup.TESTED)])
def test_a_backup_and_a_restore_test_count_for_as_long_as_the_policies_say(
    home: TestHome, later: Later, name: str, act: str
) -> None:
    backup.noted(act, "Done by a test of the probes")
    found = ask(home, name)
    assert (found.state, found.day, found.until is not None) == (SHOWN, probing.today(home.view("qua")), True)
    later(days=config.current().policies.restore_test_days + 2)
    assert ask(home, name).state == NOT_SHOWN


def test_work_that_is_late_is_told_with_the_list_of_it(home: TestHome, later: Later) -> None:
    reported(home)
    assert ask(home, "on_time deviation").state == SHOWN
    assert ask(home, "kept deviation").state == OPEN
    later(days=90)
    found = ask(home, "on_time deviation")
    assert (found.state, found.page) == (NOT_SHOWN, "/records/deviation?late=1")
    assert ask(home, "kept deviation").state == NOT_SHOWN


def test_a_review_counts_from_its_close_and_not_from_what_is_said_of_it_later(plant: TestHome, later: Later) -> None:
    ways.ready(plant)
    ways.used(plant)
    number = closed(plant)
    assert (ask(plant, "review periodic_review").state, ask(plant, "review periodic_review").number) == (SHOWN, number)
    later(days=probes.LONGEST["periodic_review"] - 5)
    plant.act("qua", "periodic_review.comment", number, text="Looked at again")
    later(days=10)
    found = ask(plant, "review periodic_review")
    assert (found.state, found.says) == (NOT_SHOWN, "The last periodic review was closed more than 426 days ago.")


def test_a_review_that_is_open_beyond_its_day_is_told_although_an_earlier_one_was_closed(
    plant: TestHome, later: Later
) -> None:
    ways.ready(plant)
    ways.used(plant)
    closed(plant)
    number = opened(plant)
    assert ask(plant, "review periodic_review").state == SHOWN
    later(days=400)
    found = ask(plant, "review periodic_review")
    assert (found.state, found.number, found.says) == (NOT_SHOWN, number, "Periodic reviews past their day: 1.")


def test_a_procedure_counts_while_it_is_in_force(home: TestHome) -> None:
    number = home.until(home.draft(title="Handling of samples"), "approved")
    assert ask(home, "procedure samples").state == NOT_SHOWN
    home.act("doc", "document.take_effect", number)
    assert ask(home, "procedure nothing, samples").number == number
    series = Record.objects.get(number=number).series
    assert ask(home, "signing_procedure_in_force", signing_procedure=series).number == number
    assert ask(home, "signing_procedure_in_force", signing_procedure="SOP-999").state == NOT_SHOWN
    assert ask(home, "signers_trained", signing_procedure=series).state == NOT_SHOWN, "nobody was trained on it"


def test_drift_and_suspension_are_told(home: TestHome) -> None:
    view = home.view("qua")
    assert (probing.ask(view, "no_drift").state, probing.ask(view, "released").state) == (SHOWN, SHOWN)
    drifted = replace(view.found, home=view.found.home | {"content": {**view.found.home.get("content", {}), "7": "drifted"}})
    assert probing.ask(replace(view, found=drifted), "no_drift").state == NOT_SHOWN
    assert probing.ask(replace(view, home_state="suspended"), "released").state == NOT_SHOWN
    assert probing.ask(replace(view, home_state="suspended"), "validated").state == NOT_SHOWN


@pytest.mark.damaged(reason="a baseline without the change that applied it")
def test_a_validated_system_is_shown_by_its_documents_until_something_else_runs(plant: TestHome) -> None:
    qualified(plant)
    for name in ("validated", "document plan", "document summary report", "document OQ report", "evidence_holds"):
        assert ask(plant, name).state == SHOWN, name
    for name in ("own_pq", "document PQ report", "inventory_kept", "evaluated"):
        assert ask(plant, name).state == NOT_SHOWN, name
    assert ask(plant, "classified").state == SHOWN
    homes.under(idle_minutes=14)
    for name in ("validated", "document summary report", "document OQ report", "evidence_holds"):
        assert ask(plant, name).state == NOT_SHOWN, name
    assert ask(plant, "document plan").state == SHOWN, "a plan is evidence of no run"


def test_a_certificate_covers_the_place_used_in_time_or_is_not_shown(plant: TestHome, later: Later) -> None:
    supplies.hire(plant)
    host = supplies.qualifying(plant, name="Rack Ltd", category="host")
    of = ways.system(
        plant,
        name="This system",
        version=build.identity().version,
        supplied="hosted",
        supplier=[host],
        place="Rack Ltd, Dublin",
    )
    assert of == inventory.THIS
    assert ask(plant, "host_certificate").state == NOT_SHOWN
    other = supplies.shown(plant, host, "ISO 27001 certificate", site="Leeds", scope="Hosting in Leeds")
    assert (ask(plant, "host_certificate").state, ask(plant, "host_certificate").number) == (NOT_SHOWN, other)
    fitting = supplies.shown(plant, host, "SOC 2 Type II report", scope="Hosting in Dublin")
    assert (ask(plant, "host_certificate").state, ask(plant, "host_certificate").number) == (SHOWN, fitting)
    assert ask(plant, "host_assessed").says == f"{host} is not approved."
    later(days=500)
    assert ask(plant, "host_certificate").state == NOT_SHOWN, "out of date"


def test_a_system_that_the_company_hosts_itself_leaves_the_hosts_rows_open(plant: TestHome) -> None:
    ways.ours(plant)

    assert ask(plant, "host_certificate").state == ask(plant, "host_overseen").state == OPEN


def test_the_evidence_of_another_release_is_no_review_of_this_one(plant: TestHome) -> None:
    supplies.hire(plant)
    project = supplies.qualifying(plant, name="The project", category="GxP software")
    supplies.shown(plant, project, "validation package", release="0.0.1")
    assert "What was reviewed is of 0.0.1." in ask(plant, "release_reviewed").says
    assert ask(plant, "release_reviewed").state == NOT_SHOWN
    number = supplies.shown(plant, project, "validation package", release=build.identity().version)
    assert (ask(plant, "release_reviewed").state, ask(plant, "release_reviewed").number) == (SHOWN, number)


@pytest.mark.engine_free
@pytest.mark.parametrize(
    ("values", "place", "covered"),
    [({"site": "Dublin and Cork"}, "Dublin", True), ({"places": "EU, dublin"}, "Dublin", True), ({"site": "Cork"}, "Dublin", False),
     ({}, "Dublin", False), ({"site": "Dublin"}, "", False), ({"site": "Dublin", "covers_service": False}, "Dublin", False)],
)  # fmt: skip
def test_a_certificate_covers_what_it_names(values: dict[str, Any], place: str, covered: bool) -> None:
    assert of_suppliers.covers(values, place) is covered
    assert of_suppliers.location("Hosted by Rack Ltd, Dublin.") == "Dublin"


@pytest.mark.engine_free
def test_every_probe_that_a_duty_names_is_there_and_none_is_named_by_nobody() -> None:
    named = {one.partition(" ")[0] for asked in live.probes().values() for one in asked}

    assert named - set(probing.list_probes()) == set()
    assert set(probing.list_probes()) - named == set()

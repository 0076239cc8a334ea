"""What follows from drift: records, one incident, the mark on new versions, signing stopped; and its two ends (Annex 11-10; D28, D29)."""

from __future__ import annotations

import shutil
from typing import Any

import pytest
from django.conf import settings

from indelible.assurance.drift import approved, following
from indelible.infra import canonical, running
from indelible.kernel import acts, records
from indelible.kernel.context import SYSTEM
from indelible.kernel.errors import Refused
from indelible.kernel.models import Record, Version
from indelible.practice import queries
from indelible.project import founding as founding_work
from indelible.project import serving
from tests.assurance.drifted import IDLE, LONGER, damaged, drifts, drop_a_guard, edit, incidents, install_guards, keys
from tests.homes import TestHome
from tests.modules.events import WHY, change, refused, reported

# --- what follows --------------------------------------------------------------------------------------------------------


@damaged
def test_drift_opens_one_incident_marks_new_versions_and_gates_no_report(approved_home: TestHome) -> None:
    drop_a_guard()
    told = following.check()
    again = following.check()

    assert (len(told.incidents), again.incidents, incidents()) == (1, [], told.incidents)
    (kept,) = drifts()
    assert kept["incident"][0]["number"] == told.incidents[0]
    assert records.values(Record.objects.get(number=told.incidents[0]))["critical_at_once"]
    number = reported(approved_home)
    content = canonical.decode(Version.objects.get(record_id=Record.objects.get(number=number).pk, number=1).content)
    assert content["validated"] == "released, drifted, signing stopped"
    install_guards()
    following.check()
    later = canonical.decode(
        Version.objects.get(record_id=Record.objects.get(number=approved_home.draft()).pk, number=1).content
    )
    assert later["validated"] == "released"


@damaged
def test_a_second_drift_opens_an_incident_of_its_own_and_one_that_comes_back_another(approved_home: TestHome) -> None:
    drop_a_guard()
    first = following.check().incidents
    edit(approved_home, "policies.yaml", IDLE, LONGER)
    second = following.check().incidents
    install_guards()
    following.check()
    drop_a_guard()
    third = following.check().incidents

    assert len({*first, *second, *third}) == 3
    install_guards()


def test_drift_that_touches_no_signing_stops_none(approved_home: TestHome) -> None:
    number = approved_home.until(approved_home.draft(), "in_review")
    edit(approved_home, "policies.yaml", IDLE, LONGER)
    following.check()

    assert records.values(Record.objects.get(type="installation"))["drift"] == "drifted"
    approved_home.sign("rob", "document.agree", number)


@damaged
def test_system_owner_and_quality_together_let_signing_go_on_and_the_drift_stays(approved_home: TestHome) -> None:
    number = approved_home.until(approved_home.draft(), "in_review")
    drop_a_guard()
    (found,) = following.check().findings
    for who in ("adm", "ann", "exe"):
        assert refused(approved_home, who, "drift.decide", found["record"])
    approved_home.sign("sys", "drift.decide", found["record"], reason=WHY)
    with pytest.raises(Refused):
        approved_home.sign("rob", "document.agree", number)
    approved_home.sign("qua", "drift.decide", found["record"], reason=WHY)

    approved_home.sign("rob", "document.agree", number)
    told = following.check()
    assert (told.state, len(told.findings), told.incidents) == ("drifted", 1, [])
    assert records.values(Record.objects.get(type="installation"))["drift"] == "drifted"
    install_guards()


def test_where_signing_goes_on_there_is_nothing_to_decide(approved_home: TestHome) -> None:
    edit(approved_home, "policies.yaml", IDLE, LONGER)
    (found,) = following.check().findings

    assert "drift_stops_signing" in refused(approved_home, "sys", "drift.decide", found["record"])


@pytest.fixture
def founded(founding: TestHome, founding_template: TestHome) -> TestHome:
    """Give a home that is being founded, with its first approved state."""
    running._last.clear()
    shutil.copytree(founding_template.path / "configuration", founding.path / "configuration")
    approved.seal("The test begins")
    return founding


# --- accepting -----------------------------------------------------------------------------------------------------------


def served_otherwise(approved_home: TestHome, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let the server be served otherwise than approved, and give the drift's number."""
    monkeypatch.setenv("INDELIBLE_UPLOADS_DAY", "20000")
    (found,) = following.check().findings
    return str(found["record"])


def changed(home: TestHome, number: str, approve: bool = True, **fields: Any) -> str:
    """Raise a change that names a drift, and let it be approved."""
    made = change(home, **{"kind": "computer system", "sources": [number]} | fields)
    home.sign("ann", "change.submit", made)
    home.sign("hed", "change.assess", made)
    for who in ("hed", "qua", "sys")[: 3 if approve else 2]:
        if fields.get("kind") != "equipment" or who != "sys":
            home.sign(who, "change.approve", made)
    return made


def test_an_approved_change_makes_what_is_there_the_approved_state(
    approved_home: TestHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = served_otherwise(approved_home, monkeypatch)
    before = approved.newest()
    made = changed(approved_home, number)

    assert following.accept(approved_home.people["adm"], change=made) == [number]
    assert keys() == []

    after = approved.newest()
    assert before is not None
    assert after is not None
    assert after.number > before.number
    assert {key for key in after.picture if after.picture[key] != before.picture.get(key)} == {
        "environment.INDELIBLE_UPLOADS_DAY"
    }
    assert Record.objects.get(number=number).state == "accepted"
    assert following.told_of(Record.objects.get(number=number))[1] == f"Approved under {made}"
    monkeypatch.delenv("INDELIBLE_UPLOADS_DAY")
    assert keys() == ["environment.INDELIBLE_UPLOADS_DAY"], "what was approved first is the drift now"


def test_without_a_change_or_with_one_that_is_not_approved_or_names_something_else_nothing_is_accepted(
    approved_home: TestHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = served_otherwise(approved_home, monkeypatch)
    accept = ("adm", "drift.accept", number)
    assert "change_accepts_it" in refused(approved_home, *accept)
    changed(approved_home, number, approve=False)
    assert "change_accepts_it" in refused(approved_home, *accept)
    changed(approved_home, number, kind="equipment")
    assert "change_accepts_it" in refused(approved_home, *accept), "no system owner approved it"
    other = change(approved_home, kind="computer system")
    with pytest.raises(Refused) as nothing:
        following.accept(approved_home.people["adm"], change=other)
    assert nothing.value.rule == "something_to_accept"
    assert keys() == ["environment.INDELIBLE_UPLOADS_DAY"]


@pytest.mark.parametrize("who", ["sys", "qua", "ann", "exe", "rea", "doc"])
def test_nobody_but_the_administrator_accepts(approved_home: TestHome, monkeypatch: pytest.MonkeyPatch, who: str) -> None:
    number = served_otherwise(approved_home, monkeypatch)
    changed(approved_home, number)

    assert refused(approved_home, who, "drift.accept", number)


@damaged
def test_a_guard_is_put_back_and_never_accepted(approved_home: TestHome) -> None:
    drop_a_guard()
    (found,) = following.check().findings
    install_guards()

    assert "change_accepts_it" in refused(approved_home, "adm", "drift.accept", found["record"])


def test_what_was_accepted_and_is_another_value_by_then_is_a_new_drift(
    approved_home: TestHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = served_otherwise(approved_home, monkeypatch)
    made = changed(approved_home, number)
    monkeypatch.setenv("INDELIBLE_UPLOADS_DAY", "30000")

    (found,) = following.check().findings

    assert found["record"] != number
    with pytest.raises(Refused):
        following.accept(approved_home.people["adm"], change=made)


def test_before_the_first_release_a_reason_is_enough(founded: TestHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INDELIBLE_UPLOADS_DAY", "20000")
    following.check()

    assert following.accept(founded.people["adm"], reason="Set up for the files of the laboratory") == ["DRF-001"]
    assert keys() == []


def test_the_environment_of_the_first_server_is_the_approved_one_and_that_of_the_next_is_not(
    founded: TestHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INDELIBLE_TLS", "1")
    serving._write_down(settings.HOME)
    assert keys() == []
    monkeypatch.setenv("INDELIBLE_TLS", "0")
    serving._write_down(settings.HOME)

    assert keys() == ["environment.INDELIBLE_TLS"]


def test_in_a_released_home_the_first_server_approves_nothing(
    approved_home: TestHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INDELIBLE_TLS", "1")
    serving._write_down(settings.HOME)

    assert keys() == ["environment.INDELIBLE_TLS"]


def test_an_upgrade_before_the_release_approves_what_runs_afterwards(
    founded: TestHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INDELIBLE_TLS", "1")
    founding_work._approve("0.1", "0.1", print)
    assert keys() == ["environment.INDELIBLE_TLS"], "the same build is no upgrade"
    founding_work._approve("0.1", "0.2", print)

    assert keys() == []


def test_the_state_of_everybody_is_told_by_the_interface(approved_home: TestHome, monkeypatch: pytest.MonkeyPatch) -> None:
    served_otherwise(approved_home, monkeypatch)

    assert queries.viewer(SYSTEM).mark == ", drifted"
    with pytest.raises(Refused):
        acts.run(approved_home.people["adm"], "approved_state.create", fields={"title": "Mine"})

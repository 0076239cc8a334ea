"""A configuration comes into force by an approved change, for exactly the plan that was approved, or it does not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import OperationalError, connection, connections

from indelible.assurance.configuration import applying, planning, proposals, proposing
from indelible.assurance.verify import verify
from indelible.kernel import acts, config, reactions, records
from indelible.kernel.context import SYSTEM
from indelible.kernel.errors import NotFound, Refused
from indelible.kernel.models import Baseline, Event, Outbox, Record
from tests import homes
from tests.configuration.changing import applied, approved, attached, decided, edited, folder_of, numbers, raised, said
from tests.homes import TestHome
from tests.modules.events import head, refused, reported


def test_what_was_approved_comes_into_force_with_its_events_and_its_files(home: TestHome) -> None:
    folder_of(home)
    before, number = config.current(), approved(home)

    applied(home, number)

    assert (config.current().policies.idle_minutes, numbers()) == (20, [1, 2])
    assert planning.plan(proposals.of_files(proposals.written(config.current()))).changes == ()
    told = applying.applied_by(2)
    assert told is not None
    assert (told["change"], told["before"], told["baseline"]) == (number, before.sha256, config.current().sha256)
    last = Event.objects.filter(record_id=Record.objects.get(number=number).pk).order_by("-position").first()
    assert last is not None
    assert last.person_id == home.person("adm")
    reactions.run_pending()
    assert proposals.of_folder(settings.HOME.configuration).configuration.sha256 == config.current().sha256
    assert verify().ok


def test_new_types_and_fields_can_be_reported_at_once(home: TestHome) -> None:
    """A copy of a type under another name, with a field that can be filtered; the open ones of the first stay what they are."""
    files = proposals.written(config.current())
    sample = files["types/sample.yaml"].decode("utf-8")
    files["types/probe.yaml"] = sample.replace("type: sample\n", "type: probe\n").replace("SMP", "PRB").encode("utf-8")
    found = proposals.of_files(files)
    assert [one.key for one in planning.plan(found).changes] == ["types.probe"]
    number = proposing.propose(home.people["ann"], found, **said(home)).number
    applied(home, decided(home, number))
    reactions.run_pending()

    view = "report.probe" if connection.vendor == "postgresql" else "report_probe"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT number, name FROM {view}")
        assert cursor.fetchall() == []
    assert Outbox.objects.filter(done_at=None).count() == 0


# --- refused, each with its rule ----------------------------------------------------------------------------------------


def stays(number: int = 1) -> None:
    assert numbers() == [*range(1, number + 1)]


def test_nothing_is_applied_before_everybody_has_approved(home: TestHome) -> None:
    number = raised(home)
    steps = [
        ("ann", "change.submit"), ("hed", "change.assess"), ("hed", "change.approve"), ("sys", "change.approve"), ("qua", "change.approve"),
    ]  # fmt: skip
    for who, act in steps:
        with pytest.raises((Refused, NotFound)):
            applied(home, number)
        with pytest.raises(Refused) as caught:
            applying.may_be_applied(head(number))
        assert caught.value.rule == "change_is_approved"
        home.sign(who, act, number)
    stays()
    for who in ("ann", "hed", "sys", "qua", "quy", "rob", "exe", "rea", "gue"):
        refused(home, who, "change.apply", number)
    stays()
    applied(home, number)


def test_who_asked_or_approved_does_not_apply_even_as_an_administrator(home: TestHome) -> None:
    number = approved(home)
    for who in ("sys", "ann"):
        grants = Record.objects.filter(type="grant", state="active")
        for grant in [one for one in grants if records.values(one)["person"]["person"] == str(home.person(who))]:
            acts.run(SYSTEM, "grant.end", grant.pk, reason="Goes to another function")
        homes.give(home, who, ["sysadmin"])

        assert "applier_is_not_author_nor_approver" in refused(home, who, "change.apply", number)
    stays()


def test_who_applies_does_not_approve(home: TestHome) -> None:
    number = raised(home, applied_by="sys")
    home.sign("ann", "change.submit", number)
    home.sign("hed", "change.assess", number)

    assert "configuration_approver_is_not_requester_nor_applier" in refused(home, "sys", "change.approve", number)


def test_the_system_itself_applies_nothing(home: TestHome) -> None:
    number = approved(home)
    for act, subject in (("change.apply", number), ("installation.apply_baseline", "INS-001")):
        with pytest.raises(Refused):
            acts.run(SYSTEM, act, Record.objects.get(number=subject).pk)
    stays()


def test_a_change_that_names_another_plan_is_not_even_sent(home: TestHome) -> None:
    number = raised(home, plan_hash="f" * 64)

    assert "plan_is_attached" in refused(home, "ann", "change.submit", number)
    home.act("ann", "change.edit", number, fields={"plan_hash": None})
    assert "required_fields" in refused(home, "ann", "change.submit", number)


def test_an_approval_for_another_plan_is_none(home: TestHome) -> None:
    """The folder is what is proposed where nothing is attached; it was edited after the approval."""
    folder_of(home)
    place = settings.HOME.configuration / "policies.yaml"
    place.write_text(place.read_text("utf-8").replace("idle_minutes: 15", "idle_minutes: 20"), "utf-8")
    number = decided(
        home, raised(home, plan_hash=planning.plan(proposals.of_folder(settings.HOME.configuration)).hash, without=True)
    )
    place.write_text(place.read_text("utf-8").replace("idle_minutes: 20", "idle_minutes: 30"), "utf-8")

    assert "plan_is_the_approved_one" in refused(home, "adm", "change.apply", number)
    stays()
    place.write_text(place.read_text("utf-8").replace("idle_minutes: 30", "idle_minutes: 20"), "utf-8")
    applied(home, number)
    assert config.current().policies.idle_minutes == 20


def test_what_somebody_prepares_in_the_folder_is_not_written_over(home: TestHome) -> None:
    folder_of(home)
    number = approved(home)
    place = settings.HOME.configuration / "policies.yaml"
    place.write_text(place.read_text("utf-8").replace("idle_minutes: 15", "idle_minutes: 30"), "utf-8")

    assert "plan_is_the_approved_one" in refused(home, "adm", "change.apply", number)
    place.write_text("idle_minutes: [", "utf-8")
    assert "plan_is_the_approved_one" in refused(home, "adm", "change.apply", number)
    stays()


def test_of_two_plans_the_second_is_decided_again(home: TestHome) -> None:
    first, second = approved(home), approved(home, {"policies.yaml": ("idle_minutes: 15", "idle_minutes: 30")})
    applied(home, first)

    with pytest.raises(Refused) as caught:
        applied(home, second)

    assert caught.value.rule == "plan_is_the_approved_one"
    assert (
        f"stale: it was made on baseline 1, and baseline 2 is in force. It was applied by {first}."
        in caught.value.missing[0].text
    )
    assert (config.current().policies.idle_minutes, numbers()) == (20, [1, 2])
    third = raised(home, {"policies.yaml": ("idle_minutes: 20", "idle_minutes: 30")})
    applied(home, decided(home, third))
    assert config.current().policies.idle_minutes == 30


def test_a_plan_that_grew_stale_is_not_approved_either(home: TestHome) -> None:
    first, second = approved(home), raised(home, {"policies.yaml": ("idle_minutes: 15", "idle_minutes: 30")})
    home.sign("ann", "change.submit", second)
    home.sign("hed", "change.assess", second)
    applied(home, first)

    assert "plan_is_attached" in refused(home, "hed", "change.approve", second)


def test_nothing_is_applied_twice(home: TestHome) -> None:
    number = approved(home)
    applied(home, number)

    assert "plan_is_the_approved_one" in refused(home, "adm", "change.apply", number)
    stays(2)


def test_an_old_approval_does_not_come_to_life_when_its_ground_is_back(home: TestHome) -> None:
    """To an earlier configuration and forth again: the content of a baseline returns, its number does not."""
    there = approved(home)
    applied(home, there)
    back = {"policies.yaml": ("idle_minutes: 20", "idle_minutes: 15")}
    applied(home, approved(home, back))
    assert config.current().policies.idle_minutes == 15
    assert Baseline.objects.filter(sha256=bytes.fromhex(config.current().sha256)).count() == 2

    assert "plan_is_the_approved_one" in refused(home, "adm", "change.apply", there)
    stays(3)
    assert verify().ok


@pytest.mark.both
def test_of_two_at_once_one_applies(home: TestHome) -> None:
    """Both have looked at the same moment; each in a connection of its own."""
    number, other = approved(home), approved(home, {"policies.yaml": ("idle_minutes: 15", "idle_minutes: 30")})

    def attempt(which: str) -> str:
        try:
            applied(home, which)
        except (Refused, OperationalError) as refusal:
            return getattr(refusal, "rule", type(refusal).__name__)
        finally:
            connections.close_all()
        return "applied"

    with ThreadPoolExecutor(3) as pool:
        found = sorted(pool.map(attempt, [number, number, other]))

    assert found.count("applied") == 1, found
    stays(2)


def test_what_does_not_fit_the_grammar_is_not_sent(home: TestHome) -> None:
    archive = proposals.packed(edited({"policies.yaml": ("idle_minutes: 15", "idle_minutes: 90")}))
    number = raised(home)
    home.act("ann", "change.edit", number, fields={"proposal": attached(home, "ann", archive)})

    with pytest.raises(Refused) as caught:
        home.sign("ann", "change.submit", number)
    assert "policies.yaml:1:15: idle_minutes: 90 is too large; at most 30." in str(caught.value.missing)


def test_what_is_no_archive_of_a_configuration_is_not_sent(home: TestHome) -> None:
    number = raised(home)
    for data in (proposals.packed({"evil.exe": b"x"}), proposals.packed({"policies.yaml": b"[" * 50})):
        home.act("ann", "change.edit", number, fields={"proposal": attached(home, "ann", data)})
        assert "plan_is_attached" in refused(home, "ann", "change.submit", number)


def test_signature_trail_authority_and_retention_have_no_emergency_route(home: TestHome) -> None:
    """Whatever the change says of itself: the plan is read."""
    number = raised(home, urgency="emergency", protected_settings=False)

    assert "emergency_touches_nothing_protected" in refused(home, "ann", "change.emergency", number)


def test_an_emergency_is_applied_only_after_its_approval(home: TestHome) -> None:
    number = raised(home, {"policies.yaml": ("backup_days: 2", "backup_days: 3")}, urgency="emergency")
    for who in ("ann", "qua"):
        home.sign(who, "change.emergency", number, reason="The backup of the weekend fails")

    with pytest.raises((Refused, NotFound)):
        applied(home, number)
    stays()


def test_a_change_is_not_ready_for_use_before_it_is_applied(home: TestHome) -> None:
    number = approved(home)
    home.act("ann", "change.edit", number, fields={"test_result": "passed", "test_evidence": "Sessions watched"})
    assert "configuration_is_applied" in refused(home, "ann", "change.ready", number)
    applied(home, number)
    assert home.sign("ann", "change.ready", number).state == "verifying"


def test_other_changes_are_applied_by_nobody(home: TestHome) -> None:
    number = raised(home, kind="computer system")
    home.sign("ann", "change.submit", number)
    home.sign("hed", "change.assess", number)
    for who in ("hed", "sys", "qua"):
        home.sign(who, "change.approve", number)

    refused(home, "adm", "change.apply", number)
    stays()


def test_open_records_stay_on_the_lifecycle_that_they_have(home: TestHome) -> None:
    deviation = reported(home)
    before = head(deviation).baseline
    number = approved(home, {"types/deviation.yaml": ("label: Deviation\n", "label: Departure\n")})
    applied(home, number)

    assert (head(deviation).baseline, records.type_of(head(deviation)).label) == (before, "Deviation")
    other = reported(home)
    assert (head(other).baseline, records.type_of(head(other)).label) == (config.current().sha256, "Departure")

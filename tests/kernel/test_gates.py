"""What the installation's state allows: founding, stage A, released, suspended; and what is never gated."""

from __future__ import annotations

from datetime import timedelta

import pytest

from indelible.infra import clock, ids
from indelible.infra.storage import Store
from indelible.kernel import acts, gates
from indelible.kernel.case import Case
from indelible.kernel.context import SYSTEM
from indelible.kernel.errors import Refused
from indelible.kernel.models import Event, Record
from indelible.practice import queries, simulation
from indelible.practice.models import Upload
from tests.homes import TestHome


def test_while_founding_a_document_is_written_but_nothing_is_signed_electronically(founding: TestHome) -> None:
    number = founding.draft()

    with pytest.raises(Refused) as refused:
        founding.sign("ann", "document.submit", number)

    assert refused.value.rule == "founding_wet_ink"
    assert "paper" in refused.value.text


def test_while_founding_a_type_that_waits_for_the_release_is_closed_and_says_what_is_missing(founding: TestHome) -> None:
    with pytest.raises(Refused) as refused:
        founding.act("ann", "sample.create", fields={"name": "Too early"})

    assert refused.value.rule == "validated_state"
    assert "founding" in refused.value.text


def test_people_and_roles_are_never_gated(founding: TestHome) -> None:
    assert founding.act("adm", "person.edit", "PER-001", fields={"job_title": "Head of writing"}).position > 1


def test_each_version_seals_the_validated_state_of_its_moment(founding: TestHome) -> None:
    record = Record.objects.get(number=founding.draft())

    assert '"validated":"founding"' in Event.objects.get(record_id=record.id, position=1).payload


def test_a_real_home_has_no_simulated_release(founding: TestHome) -> None:
    installation = Record.objects.get(type="installation")

    with pytest.raises(Refused, match="not a simulated home"):
        acts.run(SYSTEM, "installation.simulate_release", installation.id)


def test_a_real_home_does_not_follow_a_simulated_clock(founding: TestHome) -> None:
    assert simulation.install() is False
    assert clock.is_simulated() is False


def page(home: TestHome, signer: str) -> dict[str, str]:
    scanned = Store(home.path / "files").put([ids.new().bytes], limit=100).sha256
    Upload.objects.create(id=ids.new(), person_id=home.person("ann"), sha256=scanned, size=16, name="page.pdf",
                          media_type="application/pdf", at=clock.now())  # fmt: skip
    sha256 = bytes(Record.objects.get(type="installation").version_sha256).hex()
    return {"move": "release_stage_a", "signer": signer, "signed_on": clock.now().date().isoformat(),
            "page_hash": sha256[:24], "scan": scanned, "place": "Validation binder, page 3"}  # fmt: skip


def test_stage_a_is_released_by_two_people_on_paper_and_then_the_rest_by_electronic_signature(founding: TestHome) -> None:
    with pytest.raises(Refused, match="paper"):
        founding.sign("sys", "installation.release_stage_a", "INS-001")

    assert founding.act("doc", "installation.certify", "INS-001", **page(founding, "sys")).state == "founding"
    assert founding.act("doc", "installation.certify", "INS-001", **page(founding, "qua")).state == "stage_a"

    number = founding.draft()
    assert founding.sign("ann", "document.submit", number).state == "in_review"
    with pytest.raises(Refused, match="closed"):
        founding.act("ann", "sample.create", fields={"name": "Still too early"})

    founding.sign("sys", "installation.release", "INS-001", reason="Summary report VAL-001 approved")
    assert (
        founding.sign("quy", "installation.release", "INS-001", reason="Summary report VAL-001 approved").state == "released"
    )
    assert founding.act("ann", "sample.create", fields={"name": "First sample"}).position == 1


def test_an_administrator_establishes_roles_only_while_founding_and_never_the_own(home: TestHome) -> None:
    given = {"role": "trainer", "why": "Needed for the first trainings"}
    for_other = home.act("adm", "grant.create", fields={"person": "bea", **given}).number

    with pytest.raises(Refused, match="with the signatures that it needs"):
        home.act("adm", "grant.establish", for_other)


def test_an_administrator_establishes_the_first_roles_of_others(founding: TestHome) -> None:
    given = {"role": "trainer", "why": "Needed for the first trainings"}
    for_other = founding.act("adm", "grant.create", fields={"person": "bea", **given}).number
    own = founding.act("adm", "grant.create", fields={"person": "adm", **given}).number

    assert founding.act("adm", "grant.establish", for_other).state == "active"
    with pytest.raises(Refused) as refused:
        founding.act("adm", "grant.establish", own)
    assert "Nobody establishes an own role." in [m.text for m in refused.value.missing]


def test_a_suspended_installation_is_closed_for_everything_but_what_is_never_gated(home: TestHome) -> None:
    number = home.draft()
    home.sign("qua", "installation.suspend", "INS-001", reason="The verification named an altered row")

    with pytest.raises(Refused, match="suspended"):
        home.act("ann", "document.edit", number, fields={"title": "Not now"})
    home.act("adm", "person.edit", "PER-001", fields={"job_title": "Head of writing"})

    home.sign("qua", "installation.resume", "INS-001", reason="The altered row was mended and explained")
    assert home.act("ann", "document.edit", number, fields={"title": "Now again"}).position == 2


def test_signing_stops_while_the_clocks_of_server_and_database_differ(home: TestHome) -> None:
    view = home.view("ann")
    record = queries.get_record(view, home.draft())
    declaration = view.configuration.type("document")
    case = Case(ctx=view.ctx, verb="submit", declaration=declaration, configuration=view.configuration, at=clock.now(),
                record=record, person=view.person, validated=gates.RELEASED, skew=timedelta(seconds=121))  # fmt: skip

    with pytest.raises(Refused, match="121 seconds"):
        gates.signing(case)
    case.skew = timedelta(seconds=119)
    gates.signing(case)


def test_a_simulated_clock_moves_only_by_an_event_that_everybody_can_read(home: TestHome) -> None:
    before = clock.real()
    simulation.advance(timedelta(days=7))
    simulation.install()
    try:
        assert clock.now() - before >= timedelta(days=7)
    finally:
        clock.simulate(None)
    installation = Record.objects.get(type="installation")
    assert "Simulated clock moved" in Event.objects.filter(record_id=installation.id).latest("position").payload

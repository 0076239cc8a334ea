"""Several processes that share a verification find what one finds, all of one moment, and none of them fails unheard."""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack
from functools import partial

import pytest

from indelible.assurance.rereading import reading, shares
from indelible.assurance.verify import verify
from indelible.kernel import acts
from indelible.kernel.models import Event, Record, Signature
from tests.assurance.damaging import BY_NUMBER, damage, live, told
from tests.homes import TestHome
from tests.torture.crew import together

damaged = pytest.mark.damaged(reason="what is tested is that the damage is found")


def test_several_processes_give_the_report_of_one(home: TestHome) -> None:
    live(home)

    shared = verify(processes=4)

    assert shared.ok, told(shared)
    assert shared == verify(processes=1)
    assert shared.counts["events"] == Event.objects.count()
    assert shared.counts["signatures"] == Signature.objects.count() > 0


@damaged
def test_damage_in_every_share_is_named_as_one_process_names_it(home: TestHome) -> None:
    for _ in range(6):
        home.until(home.draft(), "in_review")
    damage("UPDATE event SET payload = replace(payload, 'Ann Author', 'Eve Author')")
    damage("UPDATE version SET content = replace(content, '\"fields\"', '\"Fields\"')")
    damage("UPDATE record SET title = 'Another title'")
    damage("DELETE FROM event WHERE position = 2")

    alone, shared = verify(processes=1), verify(processes=3)

    assert len(alone.findings) > 50
    assert shared == alone


@damaged
def test_a_signature_that_was_carried_into_another_share_is_found_there(home: TestHome) -> None:
    numbers = [home.until(home.draft(), "in_review") for _ in range(4)]
    damage(f"DELETE FROM signature WHERE record_id = {BY_NUMBER}", numbers[-1])
    damage(f"UPDATE signature SET record_id = {BY_NUMBER} WHERE record_id = {BY_NUMBER}", numbers[-1], numbers[0])

    shared = verify(processes=4)

    assert shared == verify(processes=1)
    assert any("stands under" in finding.message for finding in shared.findings), told(shared)


def test_a_shared_moment_shows_nothing_of_what_is_written_after_it(home: TestHome) -> None:
    before = Event.objects.count()
    with reading.view() as first, ExitStack() as stack:
        with first.shared() as moment:
            second = stack.enter_context(reading.view(moment))
        home.draft()

        seen = [next(view.query("SELECT count(*) FROM event"))[0] for view in (first, second)]

    assert seen == [before, before]
    assert Event.objects.count() > before


def test_all_processes_see_one_moment_while_people_write(home: TestHome) -> None:
    numbers = [home.draft() for _ in range(4)]
    writers = [partial(_write, home, number) for number in numbers]

    *_, report = together([*writers, partial(verify, processes=3)])

    assert report.data.get("ok") is True, report


def test_a_helper_that_dies_is_an_error_and_never_a_clean_report(home: TestHome) -> None:
    with shares.helpers(2) as (helper,):
        os.kill(helper.pid, signal.SIGKILL)

        with pytest.raises(RuntimeError, match="helped to read the ledger failed"):
            helper.hear()


def _write(home: TestHome, number: str) -> None:
    record = Record.objects.get(number=number).pk
    for turn in range(15):
        acts.run(home.people["ann"], "document.edit", record, fields={"title": f"Handling of samples, part {turn}"})

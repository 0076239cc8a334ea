"""The quality records of the demo company: their story is read strictly, holds on every weekday, and came about as it is told."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from indelible.assurance.configuration.positions import Broken
from indelible.infra import clock
from indelible.kernel import records
from indelible.kernel.models import Record
from indelible.project.demo import events, plan, timeline
from indelible.project.demo.events import CONTROL, EVENTS, PATHS
from tests.demo.test_timeline import CALENDARS

STORY = events.read()
FAULTS = {
    "a path that is not there": (EVENTS, "path: deviation, number: DEV-005", "path: deviaton, number: DEV-005", "did you mean 'deviation'?"),
    "a person of another company": (EVENTS, "reporter: ogrant, category: product", "reporter: ogarnt, category: product", "user id 'ogarnt'"),
    "a day before the company": (EVENTS, "number: DEV-001, day: -700", "number: DEV-001, day: -900", "On day -900"),
    "a day that has not come": (EVENTS, "number: DEV-001, day: -700", "number: DEV-001, day: 3", "On day 3"),
    "what ends before it begins": (EVENTS, "every: 6, last: -62", "every: 6, last: -640", "the last time was before it"),
    "a step that is not there": (EVENTS, "day: -29, until: investigate", "day: -29, until: investigated", "has no step investigated"),
    "a field that no step uses": (EVENTS, "place: QC ddPCR", "plaice: QC ddPCR", "did you mean 'place'?"),
    "a key that is not known": (PATHS, "{do: submit, by: reporter}", "{do: submit, bye: reporter}", "Extra inputs"),
}  # fmt: skip
STATES = {
    "supplier": {"approved": 7, "conditional": 2, "conditions_overdue": 1, "qualifying": 1, "disqualified": 1},
    "deviation": {"closed": 9, "investigating": 4, "triage": 2, "qa_review": 2, "void": 1},
    "capa": {"closed_effective": 3, "closed_ineffective": 1, "monitoring": 2, "implementing": 3},
    "change": {"closed": 4, "verifying": 1, "implementing": 1, "implementing_emergency": 1, "draft": 1},
    "audit": {"closed": 3, "answering": 2, "planned": 2},
    "finding": {"closed": 13, "correcting": 2, "open": 5},
    "incident": {"closed": 1, "contained": 1},
    "complaint": {"investigating": 1},
    "risk": {"accepted": 3, "treating": 1, "in_review": 1},
    "curriculum": {"effective": 12},
    "quiz": {"in_use": 1},
    "training": {"done": 574, "assigned": 4},
    "access_review": {"closed": 1, "reviewing": 1},
    "gxp_system": {"assessed": 4, "out_of_scope": 1, "proposed": 1},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_story_of_the_records_is_named_with_file_and_line(tmp_path: Path, fault: str) -> None:
    name, right, wrong, told = FAULTS[fault]
    for file in (PATHS, CONTROL, EVENTS):
        shutil.copy(timeline.FOLDER / file, tmp_path)
    text = (timeline.FOLDER / name).read_text("utf-8")
    assert text.count(right) >= 1
    (tmp_path / name).write_text(text.replace(right, wrong, 1), "utf-8")
    line = text[: text.index(right)].count("\n") + 1

    with pytest.raises(Broken) as broken:
        events.read(tmp_path)

    said = [problem for problem in broken.value.errors if told in problem.message]
    assert said, broken.value
    assert {(problem.file, problem.line) for problem in said} == {(name, line)}


@pytest.mark.engine_free
@pytest.mark.parametrize("calendar", CALENDARS, ids=lambda one: one.today.isoformat())
def test_on_whatever_day_it_is_loaded_a_record_is_begun_before_another_one_names_it(calendar: plan.Calendar) -> None:
    begun: dict[str, list[str]] = {}
    known: set[str] = set()
    acts = STORY.acts(calendar)
    numbers = {act.told.number for act in acts} - {""}
    for act in acts:
        assert calendar.works(act.at.date())
        named = {one for value in act.fields.values() if isinstance(value, list) for one in value if isinstance(one, str)}
        assert (named & numbers) <= known, (act.told.number, act.way.do, named & numbers - known)
        if act.way.do in ("create", "find") and act.told.number:
            begun.setdefault(act.kind, []).append(act.told.number)
            known.add(act.told.number)

    assert all(those == sorted(those) for those in begun.values())
    assert len(known) == len(numbers)


@pytest.mark.usefixtures("company")
def test_every_record_stands_where_its_story_has_it() -> None:
    found = {kind: dict(Counter(Record.objects.filter(type=kind).values_list("state", flat=True))) for kind in STATES}
    overdue = Record.objects.get(number="CAPA-009")
    late = Record.objects.get(number="DEV-014")
    following = Record.objects.get(number="CAPA-008")
    agreement = Record.objects.get(type="supplier_evidence", title__istartswith="quality agreement", number="SEV-0001")

    assert found == STATES
    assert overdue.due_at is not None
    assert timedelta(days=11) < clock.now() - overdue.due_at < timedelta(days=13)
    assert late.marks["late"], "what was seen in one month and entered in another is shown as late"
    assert records.values(following)["sources"] == [{"number": "CAPA-004"}]
    assert agreement.due_at is not None
    assert timedelta(days=43) < agreement.due_at - clock.now() < timedelta(days=46)

"""The story of the demo documents is read strictly: what cannot have happened is named with its file and line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from indelible.assurance.configuration.positions import Broken
from indelible.project.demo import plan, timeline
from indelible.project.demo.plan import Calendar, Step
from indelible.project.demo.timeline import CHANGES, FOLDER, TIMELINE, Edit

LARGE = os.environ.get("INDELIBLE_CAMPAIGN") == "large"
# Every weekday, before and after each holiday that the demo company keeps, and the turns of month, year and summer time.
CALENDARS = [
    Calendar(date(2026, 11, 20) + timedelta(days=day), ZoneInfo("America/New_York"),
             frozenset({"2026-01-01", "2026-05-25", "2026-07-03", "2026-09-07", "2026-11-26", "2026-12-25", "2027-01-01"}))
    for day in (*range(50), 115, 190, 230, 295, 360, 420)
]  # fmt: skip
STORY = timeline.read()
FAULTS = {
    "a word that is no key": (TIMELINE, "training: quiz}", "trainings: quiz}", "is not known here"),
    "a person of another company": (TIMELINE, "owner: ecarter,", "owner: ecrater,", "did you mean 'ecarter'?"),
    "a department that is not there": (TIMELINE, "department: administration", "department: admin", "no such department"),
    "a reviewer of own work": (TIMELINE, "author: mzhao, reviewers: [rduarte", "author: mzhao, reviewers: [mzhao", "would review it"),
    "an approver of own work": (TIMELINE, "function: jweber", "function: sobriennakamura", "management signs"),
    "quality that worked on it": (TIMELINE, "reviewers: [hlindqvist], function: isolheim, quality: dwhitfield",
                                  "reviewers: [dwhitfield], function: isolheim, quality: dwhitfield", "worked on it"),
    "revisions out of order": (TIMELINE, "{effective: -741}, {effective: -430}", "{effective: -741}, {effective: -730}", "before day"),
    "a copy of nothing": (TIMELINE, "- {day: -95, holder", "- {day: -598, holder", "no revision of it is in force"),
    "a copy that comes back too early": (TIMELINE, "returned: -73}", "returned: -373}", "after it was issued"),
    "a remark from tomorrow": (TIMELINE, "{day: -1, by: dwhitfield", "{day: 1, by: dwhitfield", "nobody is working on"),
    "an end in the future": (TIMELINE, "{day: -150, by: [isolheim", "{day: 9, by: [isolheim", "no revision of it is in force"),
    "a number twice": (TIMELINE, "number: SOP-040", "number: SOP-039", "a second time"),
    "a revision that says nothing": (CHANGES, "SOP-038:\n  - revision: 2", "SOP-038:\n  - revision: 3", "what changed in the revisions [2]"),
    "a document that is not there": (CHANGES, "SOP-040:\n", "SOP-041:\n", "has no SOP-041"),
    "an edit of words that are not there": (CHANGES, "now: \"6th edition\"}", "now: \"7th edition\"}", "exactly once in revision 03 of SOP-040"),
}  # fmt: skip

STAGES = ["create", "submit", "agree", "approve_function", "approve_quality", "issue"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("story")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_story_is_named_with_file_and_line(folder: Path, fault: str) -> None:
    name, right, wrong, told = FAULTS[fault]
    for file in (TIMELINE, CHANGES):
        shutil.copy(FOLDER / file, folder)
    text = (FOLDER / name).read_text("utf-8")
    assert text.count(right) >= 1
    (folder / name).write_text(text.replace(right, wrong, 1), "utf-8")
    line = text[: text.index(right)].count("\n") + 1

    with pytest.raises(Broken) as broken:
        timeline.read(folder)

    said = [problem for problem in broken.value.errors if told in problem.message]
    assert said, broken.value
    assert {problem.file for problem in said} == {name}
    assert any(problem.line in (line, line + 1) for problem in said), (line, said)


@pytest.mark.engine_free
@pytest.mark.parametrize("calendar", CALENDARS, ids=lambda one: one.today.isoformat())
def test_on_whatever_day_it_is_loaded_a_later_day_of_the_story_comes_later(calendar: Calendar) -> None:
    for offset in range(-timeline.HISTORY, 0):
        assert calendar.works(calendar.at(offset, 0).date())
        assert calendar.at(offset, 0) < calendar.at(offset, 13) < calendar.at(offset + 1, 0), offset
        assert calendar.at(offset, 13).date() <= calendar.day(offset)


@pytest.mark.engine_free
@pytest.mark.parametrize("calendar", CALENDARS, ids=lambda one: one.today.isoformat())
def test_on_whatever_day_it_is_loaded_no_step_comes_before_the_one_that_it_needs(calendar: Calendar) -> None:
    lives: dict[tuple[str, int], list[Step]] = {}
    for step in plan.steps(STORY, calendar):
        lives.setdefault((step.document.number, step.revision), []).append(step)

    for (number, revision), life in lives.items():
        known = [STAGES.index(step.what) for step in life if step.what in STAGES]
        effective = life[0].document.revisions[revision - 1].effective
        assert known == sorted(known), (number, [step.what for step in life])
        assert all(calendar.works(step.at.date()) for step in life)
        for step in (one for one in life if one.what in ("issue", "reaffirm", "retire")):
            assert effective is not None
            assert step.at.date() >= calendar.day(effective), (number, step)


@pytest.mark.campaign
@pytest.mark.engine_free  # each day is loaded in a process and on a file of its own
@pytest.mark.parametrize("calendar", CALENDARS if LARGE else [], ids=lambda one: one.today.isoformat())
def test_on_whatever_day_it_is_loaded_the_whole_story_can_happen(calendar: Calendar, tmp_path: Path) -> None:
    """`make test` loads it once, on the day of the run, for the pages of the guide."""
    load = [sys.executable, "-c", "from indelible.project.main import main; main()", "--home", str(tmp_path), "demo", "--load-only",
            "--as-of", calendar.today.isoformat()]  # fmt: skip
    done = subprocess.run(load, capture_output=True, text=True, check=False, timeout=600)

    assert done.returncode == 0, done.stderr[-2000:]


def test_a_moved_section_goes_back_to_where_it_stood() -> None:
    new = "## 1 One\n\na\n\n### Found\n\nb\n\n## 2 Two\n\nc\n\n## 3 Three\n\nd\n"
    old = "## 1 One\n\na\n\n## 2 Two\n\nc\n\n### Found\n\nb\n\n## 3 Three\n\nd\n"

    assert timeline.undone(new, Edit(moved="### Found", stood_before="## 3 Three")) == old


def test_no_text_of_the_story_is_a_stub_or_a_copy_of_another() -> None:
    story = timeline.read()
    texts = {document.number: story.text(document, len(document.revisions)) for document in story.documents}
    lines = [line for text in texts.values() for line in {*text.splitlines()} if len(line) > 80]

    assert len(texts) == 40
    assert {number for number, text in texts.items() if len(text.split()) < 280} == set()
    assert sorted({line for line in lines if lines.count(line) > 1}) == []

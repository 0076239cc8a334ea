"""The only place that lists every attempt of every test: official, trial, aborted and seeded ones, none left out."""

from __future__ import annotations

from collections import Counter, defaultdict

from indelible.assurance.package.facts import Facts
from indelible.assurance.package.pages import Block, lead, note, table
from indelible.assurance.package.wording import moment, shortened
from indelible.assurance.qualification.results import PASSED, Run, ScriptResult

Attempt = tuple[Run, ScriptResult]


def kind(run: Run) -> str:
    """Say what sort of run it is."""
    if run.fault:
        return "seeded fault"
    return "official" if run.official else "trial"


def by_key(facts: Facts, level: str = "") -> dict[str, list[Attempt]]:
    """Give every attempt of every script in order of the runs, by key of the script."""
    found: dict[str, list[Attempt]] = defaultdict(list)
    for run in facts.runs:
        for one in sorted(run.results, key=lambda one: (one.key, one.attempt)):
            if not level or one.level == level:
                found[one.key].append((run, one))
    return dict(sorted(found.items()))


def first_page(facts: Facts, level: str) -> list[Block]:
    """Give what page one of a report says: each run, and each script whose attempts were not one plain pass."""
    known = by_key(facts, level)
    odd = {key: found for key, found in known.items() if any(one.verdict != PASSED for _, one in found)}
    plain = Counter("only" if len(found) == 1 else "every" for key, found in known.items() if key not in odd)
    rows = [(key, _history(found), str(len(found)), found[-1][1].verdict) for key, found in odd.items()]
    told = (
        f"{len(known)} tests of this level have results, {sum(map(len, known.values()))} attempts in all: {_kinds(known)}. "
        f"Passed at their only attempt: {plain['only']}; passed at every one of several: {plain['every']}. Each test with an attempt "
        "that did not pass is listed here with all of them; chapter 1 lists every attempt of every test."
    )
    return [table(("Run", "Kind", "Started", "Ended", "Planned", "Run", "Passed", "Failed", "Skipped"), [_run(one, level) for one in facts.runs],
                  empty="No run was made.", title="Every run", widths=(3.4, 2.4, 3.6, 3.6, 1.6, 1.4, 1.6, 1.6, 1.6)),
            lead(told),
            table(("Test", "Attempts in their order", "Number", "Last verdict"), rows, title="Tests with an attempt that did not pass",
                  empty="There is none." if known else "No test of this level was executed.", widths=(4, 12, 1.6, 2.4))]  # fmt: skip


def _run(run: Run, level: str) -> tuple[str, ...]:
    of_level = [one for one in run.results if one.level == level]
    planned = [key for key in run.planned if key.startswith(f"{level}-")]
    counted = {verdict: sum(one.verdict == verdict for one in of_level) for verdict in (PASSED, "skipped")}
    failed = len(of_level) - counted[PASSED] - counted["skipped"]
    return (run.id, kind(run), moment(run.started), moment(run.ended) or "aborted", str(len(planned)), str(len(of_level) - counted["skipped"]),
            str(counted[PASSED]),
            str(failed), str(counted["skipped"]))  # fmt: skip


def _history(found: list[Attempt]) -> str:
    return "; ".join(f"{one.attempt} {one.verdict} ({kind(run)} {run.id})" for run, one in found)


def _kinds(known: dict[str, list[Attempt]]) -> str:
    counted = Counter(kind(run) for found in known.values() for run, _ in found)
    return ", ".join(f"{number} in {which} runs" for which, number in sorted(counted.items())) or "none"


def every(facts: Facts, level: str) -> list[Block]:
    """Give every attempt of every test of a level, and planned ones without any."""
    known = by_key(facts, level)
    rows = [(key, run.id, kind(run), str(one.attempt), one.verdict, moment(one.started), one.origin, run.build, run.configuration_sha256[:12],
             shortened(one.note))
            for key, found in known.items() for run, one in found]  # fmt: skip
    unheard = sorted({key for run in facts.runs for key in run.planned if key.startswith(f"{level}-")} - known.keys())
    columns = ("Test", "Run", "Kind", "Attempt", "Verdict", "Started", "Origin", "Build", "Configuration", "Note")
    blocks = [table(columns, rows, empty="No test of this level was executed.", widths=(5, 5, 2.2, 1.6, 2, 4, 3, 3.6, 3, 6))]
    return [*blocks, note(f"Planned in a run, and without any result: {', '.join(unheard)}.", "bad")] if unheard else blocks

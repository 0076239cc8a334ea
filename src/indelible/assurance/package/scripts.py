"""The only place that writes the protocols (what will be done, with what expected) and the reports (what was done, with what found)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from indelible.assurance.package.attempts import every, first_page
from indelible.assurance.package.facts import Facts, Planned, TestDeviation
from indelible.assurance.package.pages import Block, Chapter, Document, blanks, lead, listed, note, pairs, table
from indelible.assurance.package.wording import joined, moment
from indelible.assurance.qualification.results import (
    IQ,
    OQ,
    PERSON,
    PQ,
    RELEASE,
    SITE,
    Evidence,
    Run,
    ScriptResult,
    StepResult,
)

NAMES = {IQ: "Installation Qualification", OQ: "Operational Qualification", PQ: "Performance Qualification"}
PROCESS_TESTS = "Process tests by machine"
SCOPE = {
    IQ: "Installation Qualification looks at the live installation: what was specified stands beside what was found. It changes nothing there.",
    OQ: "Operational Qualification tests the functions in a disposable copy: the same build, the same kind of database, the same configuration. The "
        "scripts import nothing of the product; they act over HTTP and look with plain SQL, and as a person would, at pages and printed copies.",
    PQ: "Scripts of this level lead the company's configured processes from end to end. Those that a machine runs are process tests; they are not a "
        "performance qualification by users. Only scripts executed by the company's trained people are that, and they are told apart below.",
}  # fmt: skip
NO_STEPS = {
    True: "What is specified is worked out on the installation itself, item by item; the report shows each with what was found.",
    False: "This script has no step.",
}  # fmt: skip
MOST_FILES = 4  # of one step; more of them fill pages that nobody reads
WHO = {RELEASE: "release evidence", SITE: "machine on site (process test where the level is PQ)", PERSON: "person"}
PROTOCOL_SIGNERS = (("Author", "authored"), ("Reviewer who knows the process", "reviewed"), ("Quality", "quality approved"))
REPORT_SIGNERS = (("Executor", "performed"), ("Independent reviewer", "verified"), ("Quality", "quality approved"))


def protocol(facts: Facts, level: str) -> Document:
    """Give the protocol of a level: every script with its steps and expected results, as they were before the run."""
    planned = facts.planned(level)
    unplanned = [one.key for one in planned if one not in facts.plan]
    chapters = [
        Chapter("What is done", [lead(SCOPE[level]), *_planned_note(unplanned), listed(_rules(level))]),
        Chapter("Scripts in this protocol", [_overview(planned)]),
        Chapter("Scripts", apart=True),
        *(chapter for one in planned for chapter in _script(one)),
    ]  # fmt: skip
    if level == PQ:
        chapters.insert(1, Chapter("Who executes", [_origins(planned)]))
    return Document(
        f"{level}P", f"{NAMES[level]} Protocol", chapters, (level, "URS", "TDV"), signers=PROTOCOL_SIGNERS, wide=True
    )


def _planned_note(unplanned: Sequence[str]) -> list[Block]:
    said = f"{len(unplanned)} scripts below were not in a plan made before the run; what stands here was taken from their results."
    return [note(said)] if unplanned else []


def _rules(level: str) -> list[str]:
    kept = [("Expected results are written before the run. The fingerprint of a script is the SHA-256 of its text, its case, its "
             "expected results and of what it uses; a run whose script has another fingerprint does not count under this protocol."),
            "Actual results are values. A step passes where actual equals expected, and a script stops at its first failing step.",
            "Every attempt is kept. There is no automatic retry. A failure opens a test deviation (critical, major, minor).",
            "The author of this protocol is none of its approvers; nobody reviews what he or she executed."]  # fmt: skip
    return (
        kept
        if level == IQ
        else [
            *kept,
            f"{'Operational' if level == OQ else 'Performance'} qualification starts when the level before it has passed.",
        ]
    )


def _overview(planned: Sequence[Planned]) -> Block:
    rows = [(one.key, one.title, joined(one.requirements), one.risk or "–", WHO.get(one.origin, one.origin), str(len(one.steps)), one.fingerprint)
            for one in planned]  # fmt: skip
    columns = ("Script", "Title", "Requirements", "Risk", "Executed by", "Steps", "Fingerprint")
    return table(columns, rows, empty="No script of this level is planned.", widths=(5, 9, 5, 2.4, 4, 1.6, 9))


def _origins(planned: Sequence[Planned]) -> Block:
    rows = [
        (one.key, one.title, "performance qualification by people" if one.origin == PERSON else PROCESS_TESTS.lower())
        for one in planned
    ]
    return table(("Script", "Title", "It is"), rows, empty="No script of this level is planned.", widths=(3, 7, 5))


def _script(one: Planned) -> Iterator[Chapter]:
    head = [("Aim", one.aim), ("Requirements", joined(one.requirements)), ("Version, risk, kind", joined([one.version, one.risk or "–", one.area or "–"])),
            ("Prerequisites", one.prerequisites or "An installation of the build and configuration named on page one."),
            ("Data", one.data or "As the steps give them."), ("Accounts", one.accounts or "As the steps name them."),
            ("Acceptance", one.acceptance), ("Executed by", WHO.get(one.origin, one.origin)), ("Fingerprint", one.fingerprint)]  # fmt: skip
    if one.origin == PERSON:
        yield Chapter(f"{one.key} {one.title}", [pairs(head, sticky=True), _by_hand(one), blanks((("Executor", "performed"), ("Independent reviewer",
            "verified")))],
                      level=2, apart=True)  # fmt: skip
        return
    rows = [(str(number), *step) for number, step in enumerate(one.steps, 1)]
    steps = table(("No", "Action", "Input", "Expected result"), rows, empty=NO_STEPS[one.level == IQ], widths=(0.6, 7, 5, 7))
    yield Chapter(f"{one.key} {one.title}", [pairs(head, sticky=True), steps], level=2)


def _by_hand(one: Planned) -> Block:
    rows = [(str(number), *step, "\n\n\n\n\n", "", "", "", "") for number, step in enumerate(one.steps, 1)]
    columns = (
        "No",
        "Action",
        "Input",
        "Expected result",
        "Actual result",
        "Evidence",
        "Pass / fail",
        "Deviation",
        "By, date, time",
    )
    return table(columns, rows, empty="This script has no step.", widths=(0.7, 5, 3.4, 4.6, 5, 3, 1.7, 2, 3))


def report(facts: Facts, level: str) -> Document:
    """Give the report of a level: page one lists every attempt; then each script with actual results and evidence."""
    executions = facts.executions(level)
    results = [one for _, one in executions]
    chapters = [
        Chapter("Every attempt of every test", every(facts, level)),
        Chapter("What was done", [lead(SCOPE[level]), *_executed(facts), *_by_origin(results), *_copied(facts, level)]),
        Chapter("Not run, and why", [_not_run(facts, level)]),
        Chapter("Results", apart=True),
        *(_result(facts, run, one) for run, one in executions),
    ]
    if not results:
        chapters.append(
            Chapter(
                "Nothing was executed",
                [note("No script of this level has a result in the run that this package is about.")],
                level=2,
            )
        )
    return Document(f"{level}R", f"{NAMES[level]} Report", chapters, (level, "TDV", "URS"), signers=REPORT_SIGNERS, first=first_page(facts, level),
                    wide=True)  # fmt: skip


def _executed(facts: Facts) -> list[Block]:
    run = facts.run
    if run is None:
        return [note("No run: nothing was executed.")]
    tools = joined(f"{name} {version}" for name, version in sorted(run.tool.items()))
    rows = [("Run", run.id), ("Counts", "yes, official" if run.official else f"no, trial: {joined(run.why_not_official)}"), ("Started", moment(run.started)),
            ("Ended", moment(run.ended) or "not ended: it was stopped or killed"), ("Machine time", f"{run.seconds:.0f} s"), ("Environment",
                run.environment), ("Build", f"{run.build}, {run.build_sha256}"),
            ("Configuration", f"baseline {run.baseline}, {run.configuration_sha256}"), ("Database", run.engine), ("Started by", run.started_by),
            ("Tools", tools), ("Notes", joined(run.notes))]  # fmt: skip
    return [pairs(rows)]


def _by_origin(results: Sequence[ScriptResult]) -> list[Block]:
    rows = []
    for origin, words in WHO.items():
        found = [one for one in results if one.origin == origin]
        names = sorted({step.by for one in found for step in one.steps if step.by})
        rows.append(
            (
                words,
                str(len(found)),
                str(sum(one.verdict == "passed" for one in found)),
                joined(names[:12]) + (" …" if len(names) > 12 else ""),
            )
        )
    return [
        table(
            ("Origin", "Executions", "Passed", "Accounts and people that acted"),
            rows,
            empty="",
            title="By origin",
            widths=(5, 1.6, 1.6, 8),
        )
    ]


def _copied(facts: Facts, level: str) -> list[Block]:
    if level == IQ or facts.run is None:
        return []
    rows = [(one.item, one.production, one.copy, "met" if one.production == one.copy else "differs" if not one.explanation else "explained", one.explanation)
            for one in facts.run.compared]  # fmt: skip
    return [table(("Item", "Live installation", "Copy", "Judged", "Explanation"), rows, title="The copy against the live installation",
                  empty="The copy was not compared with the live installation.", widths=(3, 5, 5, 1.6, 6))]  # fmt: skip


def _not_run(facts: Facts, level: str) -> Block:
    done = facts.final(level)
    rows = [
        (one.key, one.title, "missing", "it was planned and gave no result")
        for one in facts.planned(level)
        if one.key not in done
    ]
    rows += [
        (one.key, one.title, "skipped", one.note or "no reason given") for one in done.values() if one.verdict == "skipped"
    ]
    return table(
        ("Script", "Title", "State", "Reason"),
        rows,
        empty="Every planned script of this level was run.",
        widths=(4, 7, 2, 7),
    )


def _result(facts: Facts, run: Run, one: ScriptResult) -> Chapter:
    found = {of.step: of for of in facts.deviations if of.script in (one.key, one.script) and of.run == run.id}
    head = [("Verdict", one.verdict), ("Run, attempt, origin", f"{run.id}, {one.attempt}, {WHO.get(one.origin, one.origin)}"), ("Aim", one.aim),
            ("Requirements",
        joined(one.requirements)),
            ("Time", f"{moment(one.started)} to {moment(one.ended) or 'not ended'}, {one.seconds:.1f} s"), ("Fingerprint", one.fingerprint)]  # fmt: skip
    head += [("Note", one.note)] if one.note else []
    rows = [_step(step, found.get(step.number)) for step in one.steps]
    columns = ("No", "Action", "Input", "Expected", "Actual", "Evidence and its SHA-256", "Verdict", "Deviation", "By", "At")
    steps = table(columns, rows, empty="No step was recorded.", widths=(0.8, 7, 5, 6, 6, 8.6, 2.2, 2.6, 3.6, 4))
    return Chapter(f"{one.key} {one.title}", [pairs(head, sticky=True), steps], level=2)


def _shown(kept: Sequence[Evidence]) -> str:
    """Name each file with its hash; of many the first and last with the hash of the list, as `sha256sum` would print it."""
    if len(kept) <= MOST_FILES:
        return "\n".join(f"{one.file.rpartition('/')[2]} {one.sha256}" for one in kept) or "–"
    listed = "".join(f"{one.sha256}  {one.file}\n" for one in kept)
    first, last = (one.file.rpartition("/")[2] for one in (kept[0], kept[-1]))
    told = hashlib.sha256(listed.encode()).hexdigest()
    return f"{len(kept)} files, {first} to {last}; each with its hash in SHA256SUMS. SHA-256 of their list: {told}"


def _step(step: StepResult, deviation: TestDeviation | None) -> tuple[str, ...]:
    shown = _shown(step.evidence)
    return (str(step.number), step.action, step.given, step.expected, step.actual or "–", shown, step.verdict,
            deviation.number if deviation else "", step.by, moment(step.at))  # fmt: skip

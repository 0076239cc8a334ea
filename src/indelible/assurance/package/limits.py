"""The only place that says what a package does not show; a package that would have nothing to say here is refused."""

from __future__ import annotations

from collections.abc import Iterator

from indelible.assurance.package.facts import LEVERAGED, OPEN, PROCEDURAL, Facts
from indelible.assurance.package.pages import Chapter, Document, lead, listed
from indelible.assurance.package.topics import absent
from indelible.assurance.package.wording import joined
from indelible.assurance.qualification.results import IQ, PERSON, PQ, RELEASE

Limits = dict[str, list[str]]
KINDS = (
    "The run",
    "The installation",
    "What only people can see",
    "Evidence of others",
    "What is missing on record",
    "In the company's own words",
)


class NoLimits(Exception):
    """A package that claims to show everything; its facts are wrong, and nothing is written."""


def of(facts: Facts) -> Limits:
    """Give the limits that follow from the facts, by kind; kinds without any are left out."""
    made = (_run, _installation, _people, _leveraged, _missing, _own)
    told = {kind: list(make(facts)) for kind, make in zip(KINDS, made, strict=True)}
    return {kind: found for kind, found in told.items() if found}


def _run(facts: Facts) -> Iterator[str]:
    run = facts.run
    if run is None:
        yield "Nothing was executed. No requirement is shown to be met."
        return
    if not run.official:
        yield f"The run {run.id} is a trial ({joined(run.why_not_official, 'no reason is on record')}). It counts for nothing."
    done = facts.final()
    skipped = sorted(key for key, one in done.items() if one.verdict == "skipped")
    silent = sorted({*run.planned} - done.keys())
    if skipped:
        yield f"Scripts that were skipped ({len(skipped)}): {joined(skipped)}."
    if silent:
        yield f"Planned scripts that gave no result ({len(silent)}): {joined(silent)}."
    if not facts.browser:
        yield "No real browser took part: how pages look, and what only a page shows, was not tested by machine."
    if not facts.faults:
        yield "No faults were planted: that the tests can fail was not shown with this run."
    yield from (
        f"Copy and live installation differ in {one.item}: {one.explanation or 'without explanation'}."
        for one in run.compared
        if one.production != one.copy
    )


def _installation(facts: Facts) -> Iterator[str]:
    if "sqlite" in facts.about.engine.lower():
        yield "The database is SQLite. It has no second role: whoever operates the machine can lift the guards, and nothing here shows that nobody did."
    if facts.run is not None:
        yield (
            f"Tests of functions ran on one host, in a copy made for the run ({facts.run.environment}). "
            "Load of many users, other hosts and other networks were not tried."
        )
        if not facts.final(IQ):
            yield "No installation check was executed."
    yield (
        "Whoever administers host and database stands outside the application. "
        "Tamper evidence rests on hashes that lie outside this machine, and on procedures."
    )


def _people(facts: Facts) -> Iterator[str]:
    duties = [one.obligation for one in facts.matrix.duties if one.state == PROCEDURAL]
    open_ones = [one.obligation for one in facts.matrix.duties if one.state == OPEN]
    if duties:
        yield f"Obligations met by people ({len(duties)}): their records are named; that people act so was not observed."
    if open_ones:
        yield f"Obligations that are not met yet ({len(open_ones)}): {joined(open_ones)}."
    by_people = [one for one in facts.every_plan() if one.level == PQ and one.origin == PERSON]
    if not by_people:
        yield "No script was executed by people. Process tests by machine are not a performance qualification by users."


def _leveraged(facts: Facts) -> Iterator[str]:
    rows = [one.requirement for one in facts.matrix.rows if one.state == LEVERAGED]
    if rows:
        yield f"Requirements that rest on release evidence of the project, and were not tested here ({len(rows)}): {joined(rows)}."
    if any(one.origin == RELEASE for one in facts.final().values()):
        yield "Some results come from the release and not from this site; the reports say which."


def _missing(facts: Facts) -> Iterator[str]:
    yield from absent(facts.said)
    if not facts.signatures:
        yield "No document of this package is signed."
    untested = [one.key for one in facts.settings if one.gxp and not one.tested]
    if untested:
        yield f"GxP settings that run as specified, and whose value no test shows ({len(untested)}): {joined(untested)}."
    if proposals := [one.name for one in facts.components if not one.signed]:
        yield f"GAMP categories that are proposals and that nobody signed ({len(proposals)}): {joined(proposals)}."


def _own(facts: Facts) -> Iterator[str]:
    yield from facts.limits


def document(facts: Facts) -> Document:
    """Give the chapter as a document; raises NoLimits where nothing would stand in it."""
    found = of(facts)
    if not found:
        raise NoLimits("what this package does not show: the chapter is empty, and no validation shows everything")
    first = Chapter(
        "How to read it",
        [
            lead(
                "This document is made from the same facts as the others. It says what they do not show, so that nobody takes silence for proof."
            )
        ],
    )
    return Document(
        "LIM",
        "What This Package Does Not Show",
        [first, *(Chapter(kind, [listed(items)]) for kind, items in found.items())],
        ("IQ", "OQ", "PQ"),
    )

"""The only place that writes the list of test deviations."""

from __future__ import annotations

from indelible.assurance.package.facts import Facts, TestDeviation
from indelible.assurance.package.pages import Chapter, Document, lead, listed, note, pairs, table
from indelible.assurance.package.wording import moment

CLOSED = ("closed", "accepted")
CLASSES = (
    "Critical: a wrong or lost record or signature, or a control that was passed by. Blocks release.",
    "Major: a requirement that is not met, with a safe way around it. Release only with a restriction of use, an owner and a date.",
    "Minor: an error of wording, script or display without effect.",
    "An error of a script is corrected under change, approved again and run again; the failed run is kept.",
)


def document(facts: Facts) -> Document:
    """Give every test deviation with cause, impact, correction, retest and approval."""
    rows = [(one.number, f"{one.script}, step {one.step}", one.run, one.severity or "not classed", one.kind or "–", one.state, one.retest or "–",
             moment(one.closed_at) or "–")
            for one in facts.deviations]  # fmt: skip
    still = [one.number for one in facts.deviations if one.state not in CLOSED]
    chapters = [
        Chapter("Classes", [listed(CLASSES)]),
        Chapter("List", [*([note(f"Not closed: {', '.join(still)}.", "bad")] if still else []),
                         table(("Number", "Test and step", "Run", "Class", "Kind", "State", "Retest", "Closed"), rows, widths=(2.4, 5, 3, 2.4, 2.4, 2, 3, 4),
                               empty="No test deviation is on record. Failed tests, if the reports show any, have none.")]),
        Chapter("Each of them", [lead("Failed runs are kept untouched; their evidence stands in the reports.")] if facts.deviations else []),
        *(_one(one) for one in facts.deviations),
    ]  # fmt: skip
    return Document(
        "TDV",
        "Test Deviations",
        chapters,
        ("TDV", "IQ", "OQ", "PQ"),
        signers=(("Validation", "authored"), ("Quality", "quality approved")),
    )


def _one(one: TestDeviation) -> Chapter:
    named = [
        ("Test, step, run", f"{one.script}, step {one.step}, {one.run}"), ("Description", one.description), ("Expected", one.expected), ("Observed",
            one.observed),
        ("Class and kind", f"{one.severity or 'not classed'}, {one.kind or 'kind not given'}"), ("Root cause", one.cause or "not given"),
        ("Impact on other tests and on records", one.impact or "not given"), ("Correction", one.correction or "not given"), ("Retest",
            one.retest or "not given"),
        ("Justification, where accepted", one.justification or "–"), ("State", one.state), ("Opened, closed",
            f"{moment(one.opened_at) or 'not given'}, {moment(one.closed_at) or 'not closed'}"),
        ("Approved by", one.approved_by or "not given"),
    ]  # fmt: skip
    return Chapter(f"{one.number} ({one.severity or 'not classed'})", [pairs(named)], level=2)

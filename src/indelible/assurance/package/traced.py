"""The only place that writes the Traceability Matrix: forward, backward, by obligation, by ALCOA+ principle; gaps and orphans."""

from __future__ import annotations

from collections import Counter

from indelible.assurance.catalogue.loading import Draft
from indelible.assurance.package.facts import GAPS, STATES, Duty, Facts, Row
from indelible.assurance.package.pages import Block, Chapter, Document, lead, note, pairs, table
from indelible.assurance.package.wording import by_verdict, fra, joined, rows_by_requirement
from indelible.assurance.qualification.results import LEVELS

SIGNERS = (("Author", "authored"), ("Quality", "quality approved"))


def document(facts: Facts) -> Document:
    """Give the matrix with its summary first."""
    chapters = [
        Chapter("Summary", _summary(facts)),
        Chapter("Gaps", [_gaps(facts)]),
        Chapter("Orphans", [_orphans(facts)]),
        Chapter("Forward: from requirement to result", [_forward(facts)], apart=True),
        Chapter("Backward: from script to requirement", [_backward(facts)], apart=True),
        Chapter("By obligation", _by_obligation(facts), apart=True),
        Chapter("By ALCOA+ principle", [_principles(facts)], apart=True),
        *(_ahead(one) for one in facts.drafts),
    ]
    return Document(
        "RTM",
        "Traceability Matrix",
        chapters,
        ("URS", "FRA", "CS", "IQ", "OQ", "PQ", "TDV", "RTM", "ALCOA+"),
        signers=SIGNERS,
        wide=True,
    )


def absent(facts: Facts) -> list[str]:
    """Give the obligations of the catalogue that stand in no row by obligation."""
    return sorted(facts.obligations.keys() - {one.obligation for one in facts.matrix.duties})


def untraced(facts: Facts) -> list[str]:
    """Give the requirements that stand in no row of the matrix."""
    return sorted(facts.requirements.keys() - {one.requirement for one in facts.matrix.rows})


def gaps(facts: Facts) -> list[Row]:
    """Give the rows of requirements in scope that are not covered."""
    return [one for one in facts.matrix.rows if one.state in GAPS]


def _summary(facts: Facts) -> list[Block]:
    by_state, duties = Counter(one.state for one in facts.matrix.rows), Counter(one.state for one in facts.matrix.duties)
    planned = facts.every_plan()
    rows = [(state.capitalize(), str(by_state[state]), str(duties[state])) for state in STATES]
    missing = [*untraced(facts), *absent(facts)]
    return [
        pairs([("Requirements", str(len(facts.requirements))), ("Obligations", str(len(facts.obligations))), ("Scripts", str(len(planned))),
               ("By level", joined(f"{level} {sum(one.level == level for one in planned)}" for level in LEVELS)), ("Orphan scripts",
                   str(len(facts.matrix.orphans)))]),
        table(("State", "Requirements", "Obligations"), rows, empty="", widths=(4, 2, 2)),
        note(f"In no row of this matrix: {joined(missing)}.", "bad") if missing else lead("Every requirement and every obligation of the catalogue "
            "stands in this matrix."),
        lead("Covered: a test that can fail passed, for this build and this configuration. Leveraged: release evidence, reviewed by signature. "
             "Procedural: a duty of "
             "people, with its record. Open: a duty of this company that is not met yet."),
    ]  # fmt: skip


def _gaps(facts: Facts) -> Block:
    rows = [(one.requirement, _text(facts, one), one.priority, one.state, one.why or "–") for one in gaps(facts)]
    return table(
        ("Requirement", "Text", "Priority", "State", "Why"),
        rows,
        empty="No requirement in scope is without cover.",
        widths=(2.4, 8, 1.6, 2.6, 7),
    )


def _orphans(facts: Facts) -> Block:
    known = {one.key: one for one in facts.every_plan()}
    rows = [
        (key, known[key].title if key in known else "", joined(known[key].requirements) if key in known else "")
        for key in facts.matrix.orphans
    ]
    return table(("Script", "Title", "Names"), rows, empty="No script is without a known requirement.", widths=(4, 8, 6))


def _text(facts: Facts, row: Row) -> str:
    known = facts.requirements.get(row.requirement)
    return known.text if known else "not in the catalogue"


def _forward(facts: Facts) -> Block:
    rows = [_line(facts, one) for one in facts.matrix.rows]
    columns = (
        "Requirement",
        "Text",
        "Serves",
        "Risk",
        "Class, priority",
        "Settings",
        "Tests with verdict",
        "Run and build",
        "Deviation",
        "State",
    )
    return table(columns, rows, empty="No matrix was made.", widths=(5.4, 12, 8, 5.4, 4, 7, 13, 7, 4, 4.4))


def _line(facts: Facts, one: Row) -> tuple[str, ...]:
    known, run = facts.requirements.get(one.requirement), facts.run
    tests = (
        joined(f"{key} {verdict}" for key, verdict in zip(one.scripts, one.verdicts, strict=False))
        if one.verdicts
        else joined(one.scripts)
    )
    found = sorted({of.number for of in facts.deviations if of.script in one.scripts})
    return (one.requirement, _text(facts, one), joined(one.obligations), fra(one.requirement), f"{one.risk_class}, {one.priority}",
            joined(known.settings) if known else "–", tests, f"{run.id}, {run.build}" if run and one.verdicts else "–", joined(found),
            one.state)  # fmt: skip


def _backward(facts: Facts) -> Block:
    verdicts = {key: one.verdict for key, one in facts.final().items()}
    rows = rows_by_requirement(facts)
    told = [(one.key, one.title, one.origin, joined(one.requirements),
             joined(sorted({duty for key in one.requirements if key in rows for duty in rows[key].obligations})),
             verdicts.get(one.key, "not run")) for one in facts.every_plan()]  # fmt: skip
    columns = ("Script", "Title", "Origin", "Requirements", "Obligations", "Verdict")
    return table(columns, told, empty="No script is planned.", widths=(5, 9, 3, 5, 8, 2))


def _by_obligation(facts: Facts) -> list[Block]:
    known = {one.obligation: one for one in facts.matrix.duties}
    blocks: list[Block] = [
        lead(
            "Whose: platform is the software, customer is the company that uses it, both have a part each. Every obligation of the catalogue stands here."
        )
    ]
    for source in sorted({one.source for one in facts.obligations.values()}):
        rows = [_duty(facts, one.id, known.get(one.id)) for one in facts.obligations.values() if one.source == source]
        columns = ("Obligation", "Clause", "What is asked", "Kind, whose", "State", "Requirements", "Evidence and why")
        blocks.append(table(columns, rows, empty="", title=source, widths=(5, 4, 12, 4, 3.4, 8, 10)))
    return blocks


def _duty(facts: Facts, of: str, duty: Duty | None) -> tuple[str, ...]:
    one = facts.obligations[of]
    if duty is None:
        return (
            of,
            one.clause,
            one.title,
            f"{one.kind}, {one.who}",
            "missing",
            "–",
            "No state was worked out for this obligation.",
        )
    told = "; ".join(text for text in (duty.evidence if duty.evidence not in duty.why else "", duty.why) if text)
    return (of, one.clause, one.title, f"{one.kind}, {one.who}", duty.state, joined(duty.requirements), told or "–")


def _ahead(draft: Draft) -> Chapter:
    rows = [tuple(str(one[name] or "–") for name in ("chapter", "title", "adds", "has", "lacks")) for one in draft.chapters]
    columns = ("Chapter", "Title", "What it would add", "What the system has", "What it has not")
    return Chapter(f"Look-ahead: {draft.source}", [
        note(f"{draft.binding} Nothing here is an obligation, and nothing here counts as covered."),
        table(columns, rows, empty="", widths=(1.4, 4, 8, 8, 6))], apart=True)  # fmt: skip


def _principles(facts: Facts) -> Block:
    verdicts = {key: one.verdict for key, one in facts.final().items()}
    rows = [(one.name, one.control or "not given", one.procedure or "not given", one.course or "not given",
             by_verdict((key, verdicts.get(key, "not run")) for key in one.scripts)) for one in facts.principles]  # fmt: skip
    columns = ("Principle", "Control of the system", "Procedure", "Course", "Tests")
    return table(
        columns,
        rows,
        empty="Principles were not given to this package: control, procedure, course and test of each are not shown.",
        widths=(2.4, 7, 4, 4, 6),
    )

"""The only place that writes the User Requirements Specification and the Functional Risk Assessment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from indelible.assurance.catalogue.requirement import HIGH, LOW, MEDIUM, Requirement, Risk
from indelible.assurance.package.facts import EXCLUDED, Facts, Row
from indelible.assurance.package.pages import Block, Chapter, Document, lead, listed, note, pairs, table
from indelible.assurance.package.wording import AREAS, fra, joined, rows_by_requirement

SIGNERS = (("Author", "authored"), ("Process owner", "approved"), ("Quality", "quality approved"))
LEVELS = (HIGH, MEDIUM, LOW)
GUARDED = ("record_change", "signature", "access")  # what is high by the guide's own words unless a reason is signed


def areas(facts: Facts) -> Iterator[tuple[str, list[Requirement]]]:
    """Give the requirements area by area, in the order of their ids."""
    known = sorted(facts.requirements.values(), key=lambda one: one.id)
    for area in sorted({one.area for one in known}):
        yield area, [one for one in known if one.area == area]


def specification(facts: Facts) -> Document:
    """Give the URS: one testable sentence a row, with what it serves and what it touches."""
    chapters = [Chapter("How to read it", [
        lead("Each row is one requirement: one \"shall\" that can be tested. An id stays for ever; a changed text has another fingerprint, and what "
             "rested on the old one is suspect until somebody looks."),
        lead("Must: without it the system is not released. Should: without it the system is released with a reason. Impact: what suffers first where "
             "the requirement fails. Shipped: written by the project and accepted here; own: written by this company."),
        pairs([("Requirements", str(len(facts.requirements))), *_counted(facts)]),
    ]), Chapter("Requirements")]  # fmt: skip
    for area, known in areas(facts):
        rows = [(one.id, one.text, one.why, joined(one.clauses), joined(one.impact), "must" if one.must else "should",
                 fra(one.id), one.category, one.source, one.fingerprint[:12]) for one in known]  # fmt: skip
        columns = (
            "Id",
            "Requirement",
            "Process and why",
            "Serves",
            "Impact",
            "Priority",
            "Risk",
            "Category",
            "Owner",
            "Fingerprint",
        )
        chapters.append(Chapter(f"{area}: {AREAS.get(area, 'own requirements')}",
                                [table(columns, rows, empty="", widths=(5.6, 16, 12, 9, 4.6, 3.6, 5.6, 5.4, 3.6, 5))], level=2))  # fmt: skip
    chapters.append(Chapter("Excluded requirements", [_excluded(facts)]))
    if not facts.matrix.rows:
        chapters.append(
            Chapter("State", [note("No matrix was made: of none of these requirements is it known what tests it.")])
        )
    return Document("URS", "User Requirements Specification", chapters, ("URS", "FRA", "CSA"), signers=SIGNERS, wide=True)


def _counted(facts: Facts) -> list[tuple[str, str]]:
    by_area = Counter(one.area for one in facts.requirements.values())
    own = sum(one.source == "own" for one in facts.requirements.values())
    return [("Must", str(sum(one.must for one in facts.requirements.values()))), ("Own", str(own)),
            ("By area", joined(f"{area} {number}" for area, number in sorted(by_area.items())))]  # fmt: skip


def _excluded(facts: Facts) -> Block:
    rows = [(one.requirement, facts.requirements[one.requirement].text if one.requirement in facts.requirements else "", one.why or "no reason given")
            for one in facts.matrix.rows if one.state == EXCLUDED]  # fmt: skip
    return table(("Id", "Requirement", "Reason"), rows, empty="No requirement was excluded.", widths=(2, 6, 6))


def assessment(facts: Facts) -> Document:
    """Give the FRA: the scheme, then each way to fail with class, priority, control, tests; the CSA view beside it."""
    chapters = [
        Chapter("Scheme", _scheme(facts)),
        Chapter("By requirement", [lead("R is the risk class (1 is worst), P the priority. The id of a row is that of its requirement; a second way to "
                                        "fail of the same requirement has a letter.")]),
    ]  # fmt: skip
    states = rows_by_requirement(facts)
    for area, known in areas(facts):
        rows = [_row(one, risk, letter, states.get(one.id)) for one in known for letter, risk in _lettered(one)]
        columns = (
            "Id",
            "Way to fail",
            "Cause",
            "Effect",
            "Sev",
            "Prob",
            "R",
            "Det",
            "P",
            "Control (design)",
            "Procedure",
            "Tests",
            "CSA",
            "Rated so because",
        )
        widths = (6.4, 9, 8, 8, 4, 4, 1.6, 4, 4, 9, 6, 9, 4, 9)
        chapters.append(
            Chapter(
                f"{area}: {AREAS.get(area, 'own requirements')}", [table(columns, rows, empty="", widths=widths)], level=2
            )
        )
    chapters += [Chapter("CSA view beside it", _csa(facts)), Chapter("Functions that touch records, signatures or access, rated below High", [_lower(facts)]),
                 Chapter("Residual risk", [lead(facts.said.get("residual risks") or "No residual risk was accepted by signature: what remains is what the "
                                                "table above and the chapter of limits name.")])]  # fmt: skip
    return Document("FRA", "Functional Risk Assessment", chapters, ("FRA", "URS", "GAMP", "CSA"), signers=SIGNERS, wide=True,
                    references=("ICH Q9(R1), Quality Risk Management (2023)",))  # fmt: skip


def _lettered(one: Requirement) -> list[tuple[str, Risk]]:
    return [("" if not at else chr(ord("a") + at), risk) for at, risk in enumerate(one.risks)]


def _row(one: Requirement, risk: Risk, letter: str, matrix: Row | None) -> tuple[str, ...]:
    return (fra(one.id) + letter, risk.failure, risk.cause, risk.effect, risk.severity, risk.probability, str(risk.risk_class), risk.detectability,
            risk.priority, risk.control, risk.procedure or "–", joined(matrix.scripts) if matrix else "–",
            "high" if one.csa_high else "not high", risk.because)  # fmt: skip


def _scheme(facts: Facts) -> list[Block]:
    rating = [
        (level, *(str(Risk("", "", "", level, other, HIGH, "", "").risk_class) for other in (LOW, MEDIUM, HIGH)))
        for level in LEVELS
    ]
    chosen = {1: (HIGH, HIGH), 2: (HIGH, LOW), 3: (LOW, LOW)}
    ranking = [(str(number), *(Risk("", "", "", severity, probability, other, "", "").priority for other in (HIGH, MEDIUM, LOW)))
               for number, (severity, probability) in chosen.items()]  # fmt: skip
    return [
        lead("Severity is what the failure does to patient, product or data; probability how likely its cause is, the design's controls included; "
             "detectability how likely somebody notices before harm is done. Severity is never lowered because a control exists. No numbers are "
             "multiplied: classes are read from two tables."),
        table(("Severity", "Probability low", "Probability medium", "Probability high"), rating, empty="", title="Risk class (1 is worst)"),
        table(("Risk class", "Detectability high", "Detectability medium", "Detectability low"), ranking, empty="", title="Risk priority"),
        listed(["High: scripted tests with negative, limit and fault cases in OQ; PQ with independent review.",
                "Medium: scripted positive tests and the main negative one in OQ.",
                "Low: unscripted tests, or release evidence that was reviewed by signature."]),
        table(("Priority", "Depth that it asks for"), sorted({(one.priority, one.depth) for one in facts.matrix.rows}),
              title="Depth as this matrix asks for it",
              empty="No matrix was made.", widths=(2, 12)),
        lead("Depth follows from the priority. The CSA view stands beside it; where the two differ, its chapter says so with the reason."),
    ]  # fmt: skip


def _csa(facts: Facts) -> list[Block]:
    known = sorted(facts.requirements.values(), key=lambda one: one.id)
    rows = [
        (one.id, one.priority, "high" if one.csa_high else "not high", "yes" if _differ(one) else "", one.csa_because)
        for one in known
    ]
    return [
        lead("FDA's guidance on Computer Software Assurance is written for devices and used here as a model. It asks one thing: does a failure of the "
             "function put the process, and by it safety or quality, at a high risk?"),
        table(("Requirement", "GAMP priority", "CSA process risk", "They differ", "Because"), rows, empty="No requirement is given.", widths=(2, 2, 2, 1.6, 9)),
    ]  # fmt: skip


def _differ(one: Requirement) -> bool:
    return one.csa_high != (one.priority == HIGH)


def _lower(facts: Facts) -> Block:
    rows = [(one.id, one.touches.replace("_", " "), one.priority, one.text, one.below_high or joined(risk.because for risk in one.risks))
            for one in sorted(facts.requirements.values(), key=lambda one: one.id) if one.touches in GUARDED and one.priority != HIGH]  # fmt: skip
    return table(("Id", "Touches", "Priority", "Requirement", "Reason; accepted with the signatures of this document"), rows,
                 empty="All of them are rated High.", widths=(2, 2, 1.6, 6, 7))  # fmt: skip

"""The only place that writes the Validation Plan."""

from __future__ import annotations

from collections import Counter

from indelible.assurance.package.deviating import CLASSES
from indelible.assurance.package.facts import Facts
from indelible.assurance.package.pages import Block, Chapter, Document, lead, listed, note, pairs, table
from indelible.assurance.package.scripts import WHO
from indelible.assurance.package.timeline import GATES
from indelible.assurance.package.topics import said
from indelible.assurance.package.wording import joined
from indelible.assurance.qualification.results import LEVELS

SIGNERS = (
    ("Author", "authored"),
    ("Process owner", "reviewed"),
    ("System owner", "approved"),
    ("Quality", "quality approved"),
)
DELIVERABLES = (
    ("VP", "Validation Plan"), ("URS", "User Requirements Specification"), ("FRA", "Functional Risk Assessment"), ("CS", "Configuration Specification"),
    ("IQP, OQP, PQP", "Protocols, before the run"), ("IQR, OQR, PQR", "Reports, after the run"), ("RTM", "Traceability Matrix"), ("TDV", "Test deviations"),
    ("ADQ", "Adequacy assessment of the test tool"), ("TML", "Timeline"), ("DLT", "Changes since the last package"), ("LIM", "What this package does not show"),
    ("VSR", "Validation Summary Report"), ("CRT", "Certificate"),
)  # fmt: skip
ACCEPTANCE = (
    "Each requirement in scope is covered by a test that can fail, by signed release evidence, or by a procedure with its record.",
    "Planned scripts were all run; none was skipped, none names an unknown requirement.",
    ("No failure is without a test deviation that is closed; none that is critical is open; one that is major is accepted only "
     "with a restriction, an owner and a date."),
    "All evidence belongs to the build and the configuration that are released.",
    "No act came before its gate.",
)  # fmt: skip
CATEGORIES = (
    "1 infrastructure (operating system, database)", "3 not configured product", "4 configured product", "5 own code: own rules, patches, own reports",
)  # fmt: skip


def document(facts: Facts) -> Document:
    """Give the plan, section by section; what nobody decided says so in its place."""
    chapters = [
        Chapter("Purpose", [_unapproved(facts), lead(facts.about.purpose or "This plan says how it is shown that the system, as configured and "
                                                                            "installed here, does what "
                "this company needs it to do, and who decides that.")]),
        Chapter("System", _system(facts)), Chapter("Scope", scope(facts)), Chapter("Regulatory basis", _basis(facts)),
        Chapter("Categories of components (GAMP)", _categories(facts)), Chapter("Roles and names", _roles(facts)),
        Chapter("Risk approach", [lead("Severity, probability and detectability are each high, medium or low; class and priority follow from two "
                                       "tables that the "
                                       "Functional Risk Assessment prints. The view of FDA's CSA guidance stands beside it; where they differ, it says so.")]),
        Chapter("Supplier and leverage", _asked(facts, "supplier", "agreement", "release evidence")),
        Chapter("Life cycle and environments", _asked(facts, "environments")), Chapter("Test strategy by risk", _strategy(facts)),
        Chapter("Test data", _asked(facts, "test data")),
        Chapter("Test tool", [lead("The runner is assessed in the adequacy assessment (ADQ): faults are planted on purpose, and each must be caught.")]),
        Chapter("Deviations of tests", [listed(CLASSES)]), Chapter("Training", _asked(facts, "training plan")), Chapter("Deliverables and approval",
            _deliverables(facts)),
        Chapter("Acceptance criteria for release", [listed(ACCEPTANCE)]),
        Chapter("Traceability", [lead("The Traceability Matrix leads from each requirement to obligation, risk, setting, tests, run and deviation, "
                                      "and back; every "
                                      "obligation of the catalogue stands in it with a state, none is left out.")]),
        Chapter("Order and gates", [table(("No", "Gate"), [(str(at), gate) for at, gate in enumerate(GATES, 1)], empty="", widths=(1, 9))]),
        Chapter("Changes during validation", _asked(facts, "change control")), Chapter("Keeping the validated state", _asked(facts, "maintaining",
            "next review")),
        Chapter("Schedule", _asked(facts, "schedule")),
    ]  # fmt: skip
    return Document("VP", "Validation Plan", chapters, ("VP", "URS", "FRA", "CS", "IQ", "OQ", "PQ", "RTM", "VSR", "GAMP", "CSA"), signers=SIGNERS,
                    references=("FDA, Computer Software Assurance (2026), as a model",))  # fmt: skip


def _unapproved(facts: Facts) -> Block:
    issue = facts.issues.get("VP")
    signed = any(one.document == "VP" for one in facts.signatures)
    if issue and signed:
        return lead(f"This plan is held as {issue.record}, version {issue.version}, {issue.status}.")
    return note("No approved plan is on record. Whatever was run without one is a trial and does not count.", "bad")


def _asked(facts: Facts, *topics: str) -> list[Block]:
    told = [said(facts.said, topic) for topic in topics]
    return [lead(text) if given else note(text) for text, given in told]


def _system(facts: Facts) -> list[Block]:
    about = facts.about
    rows = [("System", f"{about.system} {about.version}"), ("Build", about.build), ("SHA-256 of the build", about.build_sha256), ("Environment",
        about.environment),
            ("Database", about.engine), ("Configuration", f"baseline {about.baseline}, {about.configuration_sha256}"),
            ("Boundaries", about.boundaries or "not described")]  # fmt: skip
    return [pairs(rows)]


def scope(facts: Facts) -> list[Block]:
    """Give the table of what is inside and outside, with reasons."""
    rows = [(one.name, one.module, "in scope" if one.inside else "excluded", "yes" if one.gxp else "no", "switched off" if one.off else "on",
             one.why or "not given",
             one.signed or "not signed") for one in sorted(facts.scope, key=lambda one: (not one.inside, one.module, one.name))]  # fmt: skip
    wrong = [one.name for one in facts.scope if not one.inside and one.gxp and not one.off]
    told = [note(f"Excluded, yet GxP and switched on: {joined(wrong)}.", "bad")] if wrong else []
    columns = ("Type", "Module", "Scope", "GxP", "Is", "Reason", "Signed")
    return [
        *told,
        table(
            columns,
            rows,
            empty="No scope was decided. Nothing is in scope or excluded on record.",
            widths=(4, 3.4, 2.2, 1.4, 2.4, 8, 4),
        ),
    ]


def _basis(facts: Facts) -> list[Block]:
    sources = Counter(one.source for one in facts.obligations.values())
    rows = [(source, str(number)) for source, number in sorted(sources.items())]
    predicates = facts.about.predicates
    return [table(("Source", "Obligations in the catalogue"), rows, empty="No catalogue of obligations was given.", widths=(6, 3)),
            listed(predicates) if predicates else note("Predicate rules of the records in scope are not named."),
            lead("The draft of Annex 11 (2025) is looked at ahead and never counted as covered. CSA is guidance for devices and used as a model.")]  # fmt: skip


def _categories(facts: Facts) -> list[Block]:
    rows = [
        (
            one.name,
            one.version,
            one.category,
            f"signed: {one.signed}" if one.signed else "a proposal",
            one.why,
            one.sha256[:16],
        )
        for one in facts.components
    ]
    return [lead("Categories: " + "; ".join(CATEGORIES) + ". They are a continuum; a category is a proposal of the project until this company has signed it."),
            table(("Component", "Version", "Category", "Standing", "Reason", "SHA-256"), rows, empty="No list of components was given.", widths=(4,
                2.4, 2, 3.4, 7, 4))]  # fmt: skip


def _roles(facts: Facts) -> list[Block]:
    rows = [(one.name, one.user_id, joined(one.roles), one.did or "–") for one in facts.people]
    return [
        table(
            ("Name", "User id", "Roles", "Part in this validation"),
            rows,
            empty="No names are on record.",
            widths=(3, 2.4, 5, 6),
        ),
        *_asked(facts, "roles"),
    ]


def _strategy(facts: Facts) -> list[Block]:
    planned = facts.every_plan()
    rows = [
        (level, words, str(sum(one.level == level and one.origin == origin for one in planned)))
        for level in LEVELS
        for origin, words in WHO.items()
    ]
    depth = Counter((one.priority, one.depth) for one in facts.matrix.rows)
    return [table(("Level", "Executed by", "Scripts"), rows, empty="No script is planned.", widths=(1.4, 7, 1.6)),
            table(("Priority", "Depth", "Requirements"), [(*key, str(number)) for key, number in sorted(depth.items())], title="Depth by priority",
                  widths=(2, 6, 2),
                  empty="No matrix was made; the depth of testing by requirement is not known."),
            lead("All machine tests run each time, whatever changed. What people repeat after a change follows from the changed requirements, scripts "
                 "and settings.")]  # fmt: skip


def _deliverables(facts: Facts) -> list[Block]:
    rows = [(code, title, facts.issues[code].record if code in facts.issues else "–",
             joined(sorted({one.name for one in facts.signatures if one.document == code})))
            for code, title in DELIVERABLES]  # fmt: skip
    return [table(("Document", "Title", "Held as", "Signed by"), rows, empty="", widths=(3, 6, 3, 6)),
            lead("Author, reviewer and Quality sign each; the author is none of the approvers, each before the phase that rests on it.")]  # fmt: skip

"""The only place that gives every document of the package its front matter: identity, signatures, revisions, abbreviations."""

from __future__ import annotations

from typing import Any

from indelible.assurance.package.facts import Facts, Issue
from indelible.assurance.package.pages import Document, table
from indelible.assurance.package.wording import moment
from indelible.assurance.qualification.results import Run

TRIAL = "TRIAL – does not count"
TRIAL_SAYS = (
    "TRIAL – does not count. The run behind this package was not made under an approved plan and approved protocols: {why}. It shows how the "
    "package will look and what would fail; it is no evidence for any requirement, and cannot be approved."
)
DRAFT = Issue("", "1", "draft, not in document control")
ABBREVIATIONS = {
    "ALCOA+": "attributable, legible, contemporaneous, original, accurate; complete, consistent, enduring, available",
    "CS": "Configuration Specification", "CSA": "Computer Software Assurance (FDA guidance)", "FRA": "Functional Risk Assessment",
    "GAMP": "Good Automated Manufacturing Practice (ISPE)", "GxP": "good practice of manufacture, laboratory, clinic",
    "IQ": "Installation Qualification", "OQ": "Operational Qualification", "PQ": "Performance Qualification",
    "RTM": "Traceability Matrix", "SBOM": "list of software components", "SHA-256": "a hash; it names exactly one content",
    "TDV": "test deviation", "URS": "User Requirements Specification", "VP": "Validation Plan", "VSR": "Validation Summary Report",
}  # fmt: skip
USUAL = ("GxP", "SHA-256")
RULES = (
    "21 CFR Part 11, Electronic Records; Electronic Signatures",
    "EU GMP Annex 11, Computerised Systems (2011)",
    "GAMP 5, second edition (2022), as good practice",
)


def identity(facts: Facts) -> list[list[str]]:
    """Give what a document is of, as names and values."""
    about, run = facts.about, facts.run
    return [
        ["Company", about.company], ["System", f"{about.system} {about.version}"], ["Environment", about.environment],
        ["Build", about.build], ["SHA-256 of the build", about.build_sha256],
        ["Configuration", f"baseline {about.baseline}"], ["SHA-256 of the configuration", about.configuration_sha256],
        ["Database", about.engine], ["Run", _run(run) if run else "none: nothing was executed yet"],
        ["Package", about.number], ["Made", f"{moment(about.made_at)} ({about.zone}) by {about.made_by}"],
    ]  # fmt: skip


def _run(run: Run) -> str:
    return f"{run.id}, {'official' if run.official else 'trial'}, started {moment(run.started)}"


def matter(document: Document, facts: Facts) -> dict[str, Any]:
    """Give the front matter of a document as plain data, all but the hash of its own content."""
    about, issue = facts.about, facts.issues.get(document.code, DRAFT)
    why = "; ".join(facts.run.why_not_official) if facts.run else "nothing was executed"
    return {
        "id": identifier(facts, document.code), "code": document.code, "title": document.title, "record": issue.record,
        "version": issue.version, "status": issue.status, "company": about.company, "system": about.system, "environment": about.environment,
        "build": about.build, "build_sha256": about.build_sha256, "configuration_sha256": about.configuration_sha256,
        "official": facts.official, "trial": TRIAL, "trial_says": TRIAL_SAYS.format(why=why or "no reason is on record"),
        "identity": [["Document", _named(facts, document.code, issue)], *identity(facts)],
        "signatures": signatures(document, facts), "revisions": revisions(issue),
        "references": [*RULES, *document.references, *_others(document, facts)],
        "abbreviations": [[name, ABBREVIATIONS[name]] for name in sorted({*USUAL, *document.abbreviations})],
        "wet": [] if _signed(document, facts) else [list(one) for one in document.signers],
    }  # fmt: skip


def identifier(facts: Facts, code: str) -> str:
    """Give the id of a document of this package."""
    return f"{facts.about.number}-{code}"


def _named(facts: Facts, code: str, issue: Issue) -> str:
    held = f", held as {issue.record}" if issue.record else ""
    return f"{identifier(facts, code)}, version {issue.version}, {issue.status}{held}"


def _signed(document: Document, facts: Facts) -> bool:
    given = {one.meaning for one in facts.signatures if one.document == document.code}
    return {meaning for _, meaning in document.signers} <= given


def _others(document: Document, facts: Facts) -> list[str]:
    wanted = {
        "VP": ("URS", "FRA"),
        "URS": ("VP",),
        "FRA": ("URS",),
        "CS": ("URS",),
        "RTM": ("URS", "FRA", "CS"),
        "VSR": ("VP", "RTM", "TDV", "LIM"),
    }
    return [identifier(facts, code) for code in wanted.get(document.code, ("VP", "RTM"))]


def signatures(document: Document, facts: Facts) -> dict[str, Any]:
    """Give the signature block: who was to sign as what, who did and when; what is missing says so."""
    given = [one for one in facts.signatures if one.document == document.code]
    rows = []
    for role, meaning in document.signers:
        found = [one for one in given if one.meaning == meaning]
        rows += [
            (role, one.name, f"{one.user_id}, {one.role}", one.meaning, f"{moment(one.at)} {one.zone}") for one in found
        ]
        rows += [] if found else [(role, "not signed", "", meaning, "")]
    asked = {meaning for _, meaning in document.signers}
    rows += [
        ("", one.name, f"{one.user_id}, {one.role}", one.meaning, f"{moment(one.at)} {one.zone}")
        for one in given
        if one.meaning not in asked
    ]
    columns = ("Signs as", "Name", "User id and role", "Meaning", "Time and zone")
    return table(
        columns,
        rows,
        empty="This document is not signed: it belongs to the package as it was made.",
        widths=(2, 3, 3, 2.4, 3),
    )


def revisions(issue: Issue) -> dict[str, Any]:
    """Give the revision history with reasons."""
    columns = ("Version", "Date", "Reason", "By")
    return table(columns, issue.revisions, empty="Revision history: this is its first making; document control knows no revision of it.",
                 title="Revision history" if issue.revisions else "", widths=(1, 2, 6, 2))  # fmt: skip

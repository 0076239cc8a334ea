"""The only place that writes the Validation Summary Report and the certificate."""

from __future__ import annotations

from collections.abc import Sequence

from indelible.assurance.package import traced
from indelible.assurance.package.attempts import kind
from indelible.assurance.package.deviating import CLOSED
from indelible.assurance.package.facts import LEVERAGED, PROCEDURAL, Facts, Signature
from indelible.assurance.package.pages import Block, Chapter, Document, lead, listed, note, pairs, table
from indelible.assurance.package.plan import scope
from indelible.assurance.package.refusals import Reason
from indelible.assurance.package.topics import said
from indelible.assurance.package.wording import joined, moment
from indelible.assurance.qualification.results import LEVELS, PASSED

SIGNERS = (("Author", "authored"), ("System owner", "approved"), ("Quality", "released"))
FASTEST = 10  # seconds a page below which nobody can have read it


def report(facts: Facts, reasons: Sequence[Reason]) -> Document:
    """Give the report: what was done against the plan, results, deviations, risks, limits, people, conclusion."""
    chapters = [
        Chapter("What was done against the plan, and departures", [*_done(facts), *_asked(facts, "departures")]),
        Chapter("Build, configuration, environments", [pairs(_what(facts)), *_asked(facts, "environments")]),
        Chapter("Results", [_results(facts), *_counts(facts)]),
        Chapter("Deviations and their closure", [_deviations(facts)]),
        Chapter("Residual risks and their acceptance", _asked(facts, "residual risks")), Chapter("Leveraged evidence", [*_leveraged(facts),
            *_asked(facts, "release evidence")]),
        Chapter("Limitations and restrictions of use", [lead("What this package does not show stands in its own document (LIM)."), *_asked(facts,
            "restrictions")]),
        Chapter("Scope", scope(facts)),
        Chapter("Procedures and training", [*_asked(facts, "procedures", "training status"), _training(facts)]),
        Chapter("Audit-trail review", _asked(facts, "trail review")), Chapter("Approved users and administrators", [_users(facts), *_asked(facts,
            "configuration authority")]),
        Chapter("Original data and metadata", _asked(facts, "originals")), Chapter("Migration of data", _asked(facts, "migration")),
        Chapter("Restore tests", _asked(facts, "restore")), Chapter("Who signed, and how long they read", _pace(facts)),
        Chapter("What speaks against approval", against(reasons)), Chapter("Conclusion", _conclusion(facts, reasons)),
        Chapter("Next periodic review", _asked(facts, "next review")),
    ]  # fmt: skip
    return Document(
        "VSR", "Validation Summary Report", chapters, ("VSR", "VP", "TDV", "RTM", "IQ", "OQ", "PQ"), signers=SIGNERS
    )


def _asked(facts: Facts, *topics: str) -> list[Block]:
    return [lead(text) if given else note(text) for text, given in (said(facts.said, topic) for topic in topics)]


def _done(facts: Facts) -> list[Block]:
    rows = [
        (
            one.id,
            kind(one),
            moment(one.started),
            moment(one.ended) or "aborted",
            f"{one.counts()['run']} of {one.counts()['planned']}",
            str(one.counts()["failed"]),
        )
        for one in facts.runs
    ]
    return [
        table(
            ("Run", "Kind", "Started", "Ended", "Run of planned", "Failed"),
            rows,
            title="Every run",
            empty="No run was made.",
            widths=(3, 3, 4.4, 4.4, 2.4, 1.4),
        )
    ]


def _what(facts: Facts) -> list[tuple[str, str]]:
    about = facts.about
    return [("System", f"{about.system} {about.version}"), ("Build", f"{about.build}, {about.build_sha256}"), ("Environment", about.environment),
            ("Configuration", f"baseline {about.baseline}, {about.configuration_sha256}"), ("Database", about.engine)]  # fmt: skip


def _results(facts: Facts) -> Block:
    rows = []
    for level in LEVELS:
        results, planned = [*facts.final(level).values()], facts.planned(level)
        passed, skipped = (sum(one.verdict == verdict for one in results) for verdict in (PASSED, "skipped"))
        absent = len({one.key for one in planned} - {one.key for one in results})
        rows.append(
            (
                level,
                str(len(planned)),
                str(len(results) - skipped),
                str(passed),
                str(len(results) - passed - skipped),
                str(skipped + absent),
            )
        )
    return table(("Level", "Planned", "Run", "Passed", "Failed", "Not run"), rows, empty="")


def _counts(facts: Facts) -> list[Block]:
    rows = facts.matrix.rows
    covered, gaps = sum(one.state == "covered" for one in rows), len(traced.gaps(facts))
    return [pairs([("Requirements", str(len(facts.requirements))), ("Covered by run", str(covered)), ("Leveraged",
        str(sum(one.state == LEVERAGED for one in rows))),
                   ("Procedural", str(sum(one.state == PROCEDURAL for one in rows))), ("Not covered", str(gaps))]),
            lead("Why a script was not run stands in the report of its level.")]  # fmt: skip


def _deviations(facts: Facts) -> Block:
    rows = [
        (
            one.number,
            one.script,
            one.severity or "not classed",
            one.state,
            one.retest or "–",
            one.correction or one.justification or "not given",
        )
        for one in facts.deviations
    ]
    return table(
        ("Number", "Test", "Class", "State", "Retest", "Correction or justification"),
        rows,
        empty="No test deviation is on record.",
        widths=(2, 4, 2, 2, 2.4, 7),
    )


def _leveraged(facts: Facts) -> list[Block]:
    rows = [
        (one.requirement, one.priority, one.why or "source not given") for one in facts.matrix.rows if one.state == LEVERAGED
    ]
    return [
        table(
            ("Requirement", "Priority", "Source and review"),
            rows,
            empty="Nothing is leveraged: no requirement rests on the project's own evidence.",
            widths=(3, 2, 9),
        )
    ]


def _training(facts: Facts) -> Block:
    rows = [(one.name, one.user_id, course, day, state) for one in facts.people for course, day, state in one.training]
    rows += [(one.name, one.user_id, "none on record", "", "") for one in facts.people if not one.training]
    return table(
        ("Name", "User id", "Course or procedure", "On", "State"),
        rows,
        empty="No person is on record.",
        title="Training as it stood on the day",
        widths=(3, 2.4, 5, 3, 2),
    )


def _users(facts: Facts) -> Block:
    rows = [
        (one.name, one.user_id, joined(one.roles), "privileged" if one.privileged else "")
        for one in sorted(facts.people, key=lambda one: (not one.privileged, one.name))
        if one.user
    ]
    return table(
        ("Name", "User id", "Roles", "Administrator"),
        rows,
        empty="No list of approved users was given.",
        widths=(3, 2.4, 7, 2),
    )


def _pace(facts: Facts) -> list[Block]:
    rows = [
        (
            one.name,
            one.role,
            one.document,
            one.meaning,
            str(one.pages or "not given"),
            f"{one.seconds} s" if one.seconds else "not given",
            pace(one),
        )
        for one in facts.signatures
    ]
    return [lead(f"Reading time is measured from opening a document to signing it. Less than {FASTEST} seconds a page is printed as implausible; "
                 f"judging it is a matter of people."),
            table(("Name", "Role", "Document", "Meaning", "Pages", "Read", "Pace"), rows, empty="Nobody signed.", widths=(3, 3, 2, 3, 1.6, 2,
                2.4))]  # fmt: skip


def pace(one: Signature) -> str:
    """Say how fast a signer read: seconds a page, or that this is implausible, or that it is not known."""
    if not one.pages or not one.seconds:
        return "not known"
    return "implausible" if one.seconds < FASTEST * one.pages else f"{one.seconds / one.pages:.0f} s a page"


def against(reasons: Sequence[Reason]) -> list[Block]:
    """Give what speaks against approval, as the certificate and the report print it."""
    if not reasons:
        return [lead("Nothing that this package can see speaks against its approval. Approving it is an act of people.")]
    alike: dict[tuple[str, str], list[str]] = {}
    for one in reasons:
        alike.setdefault((one.rule.replace("_", " "), one.text), []).append(one.about or "–")
    rows = [(rule, str(len(about)), joined(about), text) for (rule, text), about in alike.items()]
    told = note(f"Reasons that speak against approval: {len(reasons)}. This package cannot be approved.", "bad")
    return [told, table(("Rule", "Number", "About", "Reason"), rows, empty="", widths=(2.2, 1.4, 9, 7))]


def _conclusion(facts: Facts, reasons: Sequence[Reason]) -> list[Block]:
    text, given = said(facts.said, "conclusion")
    if reasons:
        return [note(f"Not fit for release as it stands. Reasons that speak against it: {len(reasons)}.", "bad")]
    return [lead(text) if given else note(text)]


def certificate(facts: Facts, reasons: Sequence[Reason]) -> Document:
    """Give the page that hangs on the wall: what is validated, or why it is not."""
    signed = [one for one in facts.signatures if one.document in ("VSR", "CRT") and one.meaning == "released"]
    open_ones = [one.number for one in facts.deviations if one.state not in CLOSED]
    released = bool(signed) and not reasons
    state = note("Released by signature. See the Validation Summary Report for its conclusion and conditions.", "good") if released else note(
        "Not released. This certificate certifies nothing until the Validation Summary Report is signed and nothing speaks against it.", "bad"
    )  # fmt: skip
    first = [state, pairs([
        ("Reasons against approval", str(len(reasons))), ("Test deviations that are not closed", joined(open_ones, "none")),
        ("Released by", joined((f"{one.name} ({one.role}), {moment(one.at)} {one.zone}" for one in signed), "nobody")),
        ("Next periodic review", said(facts.said, "next review")[0])])]  # fmt: skip
    chapters = [
        Chapter("What speaks against approval", against(reasons)),
        Chapter("What it means", [listed(("It holds for exactly this build and this configuration. With another one it is stale.",
                                          ("It says that the system was shown to be capable of what its requirements ask. That the "
                                           "company follows the rules, its people show."),
                                          "What the package does not show stands in its document LIM."))]),
    ]  # fmt: skip
    return Document("CRT", "Validation Certificate", chapters, ("VSR",), signers=SIGNERS, first=first, numbered=False)

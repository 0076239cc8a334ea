"""The only place that writes the adequacy assessment of the tool: which faults were planted, and whether each was caught."""

from __future__ import annotations

from indelible.assurance.package.facts import Facts
from indelible.assurance.package.pages import Block, Chapter, Document, lead, listed, note, pairs, table
from indelible.assurance.package.wording import joined


def document(facts: Facts) -> Document:
    """Give the assessment (Annex 11-4.7): the tool, how it could err, the seeded faults, the fault drawn by dice."""
    run = facts.run
    tools = sorted(run.tool.items()) if run else []
    chapters = [
        Chapter("What the tool is", [
            lead("The runner plans scripts, executes them in a disposable copy, compares actual with expected, and keeps evidence with hashes. It writes this "
                 "package too. It is a test tool: its adequacy is assessed here, and it is not itself a GxP record system."),
            table(("Part", "Version"), tools, empty="No run, so no version is known.", widths=(3, 5))]),
        Chapter("How it could deceive, and what stands against it", [listed((
            "It could pass everything: faults are planted on purpose and must be caught (next chapter).",
            "It could agree with itself: scripts import nothing of the product and read the configuration by a reading of their own.",
            "It could run something else than was approved: fingerprints of the scripts stand in the protocols.",
            "It could leave out failures: every attempt is listed on page one of each report, aborted and trial ones too.",
            "It could test another system: copy and live installation are compared item by item.",
            "Its files could be edited later: evidence is named by hash, and the binder is checked without the product."))]),
        Chapter("Seeded faults", _faults(facts)),
        Chapter("Mutations of signing, authority, ledger and gates",
                [lead(facts.kill_ratio) if facts.kill_ratio else note("Not run, or not given to this package.")]),
    ]  # fmt: skip
    return Document("ADQ", "Adequacy Assessment of the Test Tool", chapters, ("OQ",), references=("EU GMP Annex 11, clause 4.7",), wide=True,
                    signers=(("Validation", "authored"), ("Quality", "quality approved")))  # fmt: skip


def _faults(facts: Facts) -> list[Block]:
    if not facts.faults:
        return [
            note("Not run. No seeded fault was given to this package: that the tests can fail is not shown here.", "bad")
        ]
    caught, drawn = sum(one.caught for one in facts.faults), [one for one in facts.faults if one.drawn]
    rows = [(one.name, one.what, one.requirement, "caught" if one.caught else "NOT CAUGHT", f"{one.script}, step {one.step}" if one.caught else "–",
             one.run or "–")
            for one in facts.faults]  # fmt: skip
    return [
        pairs([("Planted", str(len(facts.faults))), ("Caught", str(caught)), ("Not caught", joined(one.name for one in facts.faults if not one.caught)),
               ("Drawn by dice, named after the run", joined(one.name for one in drawn) if drawn else "none was drawn")]),
        table(("Fault", "What was broken", "Requirement", "Result", "Caught by", "Run"), rows, empty="", widths=(4, 8, 3, 2.4, 4.4, 3)),
    ]  # fmt: skip

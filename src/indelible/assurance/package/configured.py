"""The only place that writes the Configuration Specification of the package: specified, running and tested value of each GxP setting."""

from __future__ import annotations

from collections.abc import Sequence

from indelible.assurance.package.facts import Facts, Setting
from indelible.assurance.package.pages import Block, Chapter, Document, drawing, lead, note, sha256, table
from indelible.assurance.package.topics import said
from indelible.assurance.package.wording import joined

FOLDER = "configuration-specification"
SIGNERS = (("Author", "authored"), ("System owner", "approved"), ("Quality", "quality approved"))


def document(facts: Facts) -> Document:
    """Give the specification: whose configuration it is, each GxP setting in one row, then what the full specification holds."""
    gxp = [one for one in facts.settings if one.gxp]
    authority, given = said(facts.said, "configuration authority")
    chapters = [
        Chapter("The configuration as a whole", [
            lead(f"Baseline {facts.about.baseline} with SHA-256 {facts.about.configuration_sha256}. Every key, the lifecycles, roles, signatures, "
                 "numbers, periods, variables and jobs stand in the full specification, which belongs to this document and is named below by its hash. "
                 "Fields, states and moves of the types have no rows here: they stand there, and are tested type by type."),
            _included(facts), lead(authority) if given else note(authority)]),
        Chapter("GxP settings: specified, running, tested", [*_judged(gxp), _rows(gxp)]),
        Chapter("Further settings", [_further([one for one in facts.settings if not one.gxp])]),
        *_drawings(facts),
    ]  # fmt: skip
    drawings = {
        name.rpartition("/")[2]: content.decode() for name, content in facts.specification.items() if name.endswith(".svg")
    }
    return Document(
        "CS", "Configuration Specification", chapters, ("CS", "URS"), signers=SIGNERS, wide=True, drawings=drawings
    )


def differing(one: Setting) -> bool:
    """Say whether the running value is another one than the approved."""
    return one.specified != one.running


def judged(one: Setting) -> str:
    """Say of one setting whether it is as specified and was tested so."""
    if differing(one):
        return "differs"
    return "met" if one.tested == one.running else "not tested" if not one.tested else "differs"


def _included(facts: Facts) -> Block:
    rows = [
        (f"documents/{FOLDER}/{name}", str(len(content)), sha256(content))
        for name, content in sorted(facts.specification.items())
    ]
    return table(("File", "Bytes", "SHA-256"), rows, title="The full specification", widths=(6, 1.4, 9),
                 empty="The full specification was not given to this package.")  # fmt: skip


def _judged(gxp: Sequence[Setting]) -> list[Block]:
    wrong, untested = (
        [one.key for one in gxp if judged(one) == "differs"],
        [one.key for one in gxp if judged(one) == "not tested"],
    )
    told: list[Block] = [note(f"Specified, running and tested value differ: {joined(wrong)}.", "bad")] if wrong else []
    if untested:
        told.append(
            note(
                f'{len(untested)} GxP settings run as specified, and no script tested their value: they are marked "not tested".'
            )
        )
    return told


def _rows(gxp: Sequence[Setting]) -> Block:
    rows = [(one.key, one.module, one.meaning, one.default, one.range or "–", one.specified, one.running, one.tested or "–", judged(one), one.why or "–",
             joined((*one.requirements, *one.scripts)), one.changed_by or "–") for one in gxp]  # fmt: skip
    columns = (
        "Key",
        "Module",
        "Meaning",
        "Default",
        "Range",
        "Specified",
        "Running",
        "Tested",
        "Judged",
        "Why so",
        "Requirements, tests",
        "By change",
    )
    return table(
        columns,
        rows,
        empty="No GxP setting was given to this package.",
        widths=(7, 4, 9, 4, 4.4, 4.4, 4.4, 4.4, 3.4, 6, 7, 4),
    )


def _further(rows: Sequence[Setting]) -> Block:
    told = [(one.key, one.module, one.meaning, one.default, one.running) for one in rows]
    return table(("Key", "Module", "Meaning", "Default", "Running"), told, empty="None was given.", widths=(5, 3, 9, 3, 4))


def _drawings(facts: Facts) -> list[Chapter]:
    names = sorted(name for name in facts.specification if name.endswith(".svg"))
    if not names:
        return []
    told = [Chapter(name.rpartition("/")[2].removesuffix(".svg").replace("_", " ").capitalize(), level=2, apart=True,
                    blocks=[drawing(name.rpartition("/")[2],
                                    f"Lifecycle, from {name}; its moves stand in the full specification.")]) for name in names]  # fmt: skip
    return [Chapter("Lifecycles as drawn from the configuration", apart=True), *told]

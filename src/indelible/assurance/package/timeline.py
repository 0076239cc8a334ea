"""The only place that judges the order of a validation: which gate was passed when, and which act came before its gate."""

from __future__ import annotations

from indelible.assurance.package.facts import Facts, Moment
from indelible.assurance.package.pages import Chapter, Document, lead, note, table
from indelible.assurance.package.wording import moment

GATES = (
    "plan approved", "requirements approved", "risk assessment approved", "configuration specification approved", "protocols approved",
    "installation qualified", "operation qualified", "performance qualified", "report approved", "released",
)  # fmt: skip
OUT_OF_ORDER = "OUT OF ORDER"


def passed(facts: Facts) -> dict[str, Moment]:
    """Give the act that passed each gate first, by gate."""
    found: dict[str, Moment] = {}
    for one in sorted(facts.timeline, key=lambda one: one.position):
        if one.gate:
            found.setdefault(one.gate, one)
    return found


def early(facts: Facts) -> list[tuple[Moment, str]]:
    """Give every act that came before a gate that it had to wait for, with that gate; places in the ledger decide."""
    first = passed(facts)
    found = []
    for one in sorted(facts.timeline, key=lambda one: one.position):
        for gate in _awaited(one):
            if gate not in first or first[gate].position > one.position:
                found.append((one, gate))
                break
    return found


def _awaited(one: Moment) -> tuple[str, ...]:
    before = GATES[: GATES.index(one.gate)] if one.gate in GATES else ()
    return (*before, *([one.after] if one.after and one.after not in before else []))


def document(facts: Facts) -> Document:
    """Give the timeline: the gates in their order, then every act with its place in the ledger."""
    first, wrong = passed(facts), early(facts)
    late = {id(one): gate for one, gate in wrong}
    gates = [(str(number), gate, str(first[gate].position), moment(first[gate].at), first[gate].by, first[gate].record) if gate in first
             else (str(number), gate, "not reached", "", "", "") for number, gate in enumerate(GATES, 1)]  # fmt: skip
    acts = [
        (
            str(one.position),
            one.at,
            one.what,
            one.by,
            one.record,
            one.gate,
            f"{OUT_OF_ORDER}: before {late[id(one)]}" if id(one) in late else "",
        )
        for one in sorted(facts.timeline, key=lambda one: one.position)
    ]
    judged = note(f"{len(wrong)} acts came before a gate that they had to wait for. The package cannot be approved.", "bad") if wrong else lead(
        "No act came before its gate, as far as the ledger tells."
    )  # fmt: skip
    chapters = [
        Chapter("Gates", [lead("Each gate is passed after all gates above it. Places in the ledger decide the order; times are shown for people."),
                          table(("No", "Gate", "Place", "At", "By", "Record"), gates, empty="", widths=(1, 6, 2, 4, 4, 3))]),
        Chapter("Acts", [judged, table(("Place", "At", "What", "By", "Record", "Gate passed", "Judged"), acts, widths=(1.4, 3.4, 6, 3.4, 2.2, 3.4, 3.4),
                                       empty="No act of this validation is on record. Nothing of its order can be shown.")]),
    ]  # fmt: skip
    return Document("TML", "Timeline", chapters, ("VP", "IQ", "OQ", "PQ"), wide=True)

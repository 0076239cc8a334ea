"""Where the risks lie: how many of each severity and probability, as they are now and as they are with what was done about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db.models import Q, TextField, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from indelible.kernel import config
from indelible.kernel.fields.stored import Stored
from indelible.kernel.models import Record
from indelible.kernel.types import TypeDeclaration
from indelible.modules.risks import grades
from indelible.practice import glance, grading, queries
from indelible.practice.narrowing import part
from indelible.practice.panels import Cell, Listed, Sheet, Table, Tone, declares, panel
from indelible.practice.queries import Viewer

RISK = "risk"
SEVERITY, PROBABILITY = "severity", "probability"
TONES: dict[int, Tone] = {1: "late", 2: "wait", 3: "done"}
NOTE = "Class 1 is the worst; the tables of GAMP 5 give it. Retired and void risks are left out."
LEFT_NOTE = "A risk that was not treated stands where it stood. One that is graded again only in part is not shown."


@panel("risk-matrix", label="Risks by severity and probability", glance=True, above=[RISK], seen=declares(RISK),
       says="How many risks have which severity and probability, before and after control.")  # fmt: skip
def matrix(view: Viewer, _record: Record | None, _at: datetime) -> Sheet:
    """Give both matrices: each cell is the number of risks there, and leads to the list of them (ICH Q9(R1))."""
    declared = view.configuration.type(RISK)
    fields = declared.field(SEVERITY), declared.field(PROBABILITY)
    if any(one is None for one in fields):
        return Sheet("", ())  # a configuration of one's own may grade in another way
    severities, probabilities = ([*one.choices] for one in fields if one is not None)
    states = [name for name in declared.order if declared.lifecycle[name].look != "void"]
    pairs = [(severity, probability) for severity in severities for probability in probabilities]
    rows = Record.objects.filter(queries.visible(view, [RISK]), state__in=states)
    before = {f"now {one} {other}": _graded(declared, one, other) for one, other in pairs}
    after = {f"left {one} {other}": left(declared, one, other) for one, other in pairs}
    found = glance.counts(rows, before | after).get(RISK, {})
    kept = {"state": ",".join(states)}

    def now(one: str, other: str) -> Cell:
        return _cell(one, other, found.get(f"now {one} {other}", 0), kept | {SEVERITY: one, PROBABILITY: other})

    def treated(one: str, other: str) -> Cell:
        return _cell(one, other, found.get(f"left {one} {other}", 0), kept | {"among": part_of(one, other)})

    return Sheet("", (_table("Risks before control", severities, probabilities, now, NOTE),
                      _table("Risks after control", severities, probabilities, treated, f"{NOTE} {LEFT_NOTE}")))  # fmt: skip


def part_of(severity: str, probability: str) -> str:
    """Give the name of the part of the risks that have these grades after control."""
    return f"left-{severity}-{probability}"


def left(declared: TypeDeclaration, severity: str, probability: str) -> Q:
    """Give which risks have these grades after control: those that were graded again, and as before those that were not."""
    again = [_stored(declared, f"{name}{grades.LEFT}") for name in grades.GRADES]
    if None in again:
        return Q(pk__in=[])
    none, whole = (Q(*(Exact(_text(one), "") for one in again)), Q(*(~Q(Exact(_text(one), "")) for one in again)))
    treated = _graded(declared, severity, probability, grades.LEFT)
    return (whole & treated) | (none & _graded(declared, severity, probability))


def _of_part(severity: str, probability: str) -> Callable[[datetime], Q]:
    def condition(_at: datetime) -> Q:
        declared = config.current().types.get(RISK)
        return left(declared, severity, probability) if declared else Q(pk__in=[])

    condition.__qualname__ = f"left_{severity}_{probability}"
    return condition


for _severity in grading.GRADES:
    for _probability in grading.GRADES:
        part(
            part_of(_severity, _probability),
            of=RISK,
            label=f"After control: severity {_severity}, probability {_probability}",
        )(_of_part(_severity, _probability))


def _table(
    title: str, severities: Sequence[str], probabilities: Sequence[str], cell: Callable[[str, str], Cell], note: str
) -> Table:
    across = list(reversed(probabilities))  # declared from the worst: the worst corner is at the top, to the right
    rows = tuple((Cell(f"Severity {one}"), *(cell(one, other) for other in across)) for one in severities)
    return Table(title, ("Severity", *(f"Probability {other}" for other in across)), rows, "", "matrix", (), note)


def _cell(severity: str, probability: str, number: int, filters: dict[str, str]) -> Cell:
    if severity not in grading.GRADES or probability not in grading.GRADES:
        return Cell(str(number), listed=Listed(RISK, filters))
    found = grading.risk_class(severity, probability)
    return Cell(str(number), listed=Listed(RISK, filters), tone=TONES[found], note=f"Class {found}")


def _graded(declared: TypeDeclaration, severity: str, probability: str, which: str = grades.NOW) -> Q:
    pairs = ((f"{SEVERITY}{which}", severity), (f"{PROBABILITY}{which}", probability))
    found = [(_stored(declared, name), grade) for name, grade in pairs]
    return Q(*(Exact(stored, grade) for stored, grade in found if stored is not None))


def _stored(declared: TypeDeclaration, name: str) -> Stored | None:
    field = declared.field(name)
    return Stored(field.id) if field else None


def _text(stored: Stored | None) -> Coalesce:
    return Coalesce(stored, Value(""), output_field=TextField())

"""What the board of readiness asks of validation: the validated state, its documents, what own people ran, the inventory of systems."""

from __future__ import annotations

from datetime import date

from indelible.kernel import records
from indelible.kernel.models import Link, Record
from indelible.modules.validation import coverage, holding, readiness, state
from indelible.practice import inventory, probing
from indelible.practice.probing import Finding, lacking, no_type, probe, shown
from indelible.practice.queries import Viewer

PAGE = "/validation"
OF_WHAT_RUNS = (*holding.REPORTS, holding.MATRIX, holding.SUMMARY)  # these are evidence for one build and baseline alone
UNFINISHED = ("open", "analysed", "correcting")


@probe("validated", "Whether what runs now is what was validated.")
def validated(view: Viewer, _about: str) -> Finding:
    """Say whether the installation is validated now, in the words of its state (11.10(a), Annex 11-4)."""
    now = state.standing(view.home_state, view.mark, view.configuration)
    said = f"{now.state.capitalize()}. {' '.join(now.reasons)}".strip()
    return shown(said, page=PAGE) if now.validated else lacking(said, page=PAGE)


@probe(
    "document",
    "Whether that validation document of this system is approved, and where it is evidence of a run, for what runs now.",
)
def document(view: Viewer, kind: str) -> Finding:
    """Say whether a validation document of this system is approved; raises KeyError for no such document."""
    if kind not in holding.CODES:
        raise KeyError(kind)
    if probing.DOCUMENT not in view.configuration.types:
        return no_type(probing.DOCUMENT)
    found = holding.documents(inventory.THIS, kind)
    if not found:
        return lacking(f"No {kind} of {inventory.THIS} is approved.", page=PAGE)
    values = records.values(found[0])
    on = f"build {values['build']}, baseline {values['baseline']}"
    if kind in OF_WHAT_RUNS and not coverage.fits(inventory.THIS, str(values["build"]), str(values["baseline"])):
        return lacking(f"The approved {kind} is about {on}, and something else runs.", number=found[0].number)
    return shown(f"The {kind} is approved.", number=found[0].number, day=_since(view, found[0]))


@probe(
    "own_pq", "Whether people of the company carried out a performance qualification of what runs now, and it was accepted."
)
def own_pq(_view: Viewer, _about: str) -> Finding:
    """Say whether somebody's own PQ was accepted for this build and baseline: a binder of the vendor's is none (Annex 11-4)."""
    now = coverage.ground(inventory.THIS)
    of_level = Link.objects.filter(target__startswith="PQ-", relation="script").values("record_id")
    found = (
        holding.linking(holding.RUN, "system", inventory.THIS).filter(pk__in=of_level, state="accepted").order_by("-number")
    )
    for one in found:
        values = records.values(one)
        fits = (values["build"], values["baseline"]) == (now.build, now.baseline)
        if fits and values["purpose"] == "official" and values["executor"] and values["verdict"] == "passed":
            return shown("People carried out a PQ of what runs now, and it was accepted.", number=one.number)
    return lacking("No official PQ that people carried out is accepted for what runs now.", page=PAGE)


@probe("evidence_holds", "Whether every requirement of this system on record is covered on what runs now.")
def evidence_holds(_view: Viewer, _about: str) -> Finding:
    """Say whether all requirements on record have accepted, official runs on this build and baseline."""
    all_of_them = coverage.of_system(inventory.THIS, coverage.ground(inventory.THIS))
    left = [number for number, said in all_of_them.items() if said != coverage.COVERED]
    if not all_of_them:
        return lacking(f"No requirement of {inventory.THIS} is on record.", page=PAGE)
    if left:
        return lacking(
            f"{len(left)} of {len(all_of_them)} requirements on record are not covered on what runs now.", page=PAGE
        )
    return shown(f"All {len(all_of_them)} requirements on record are covered on what runs now.", page=PAGE)


@probe("test_deviations_ended", "Whether every test deviation has ended.")
def no_test_deviation_open(view: Viewer, _about: str) -> Finding:
    """Say whether test deviations are open (Annex 11-4.2)."""
    if holding.DEVIATION not in view.configuration.types:
        return no_type(holding.DEVIATION)
    page = probing.list_of(holding.DEVIATION)
    count = Record.objects.filter(type=holding.DEVIATION, state__in=UNFINISHED).count()
    return lacking(f"Test deviations open: {count}.", page=page) if count else shown("No test deviation is open.", page=page)


@probe("inventory_kept", "Whether this system is in use by the inventory, and no system of the inventory is late.")
def inventory_kept(view: Viewer, _about: str) -> Finding:
    """Say whether the inventory holds this system, released for use, and whether any entry is past its day (Annex 11-4.3)."""
    return _entry(view) or _inventory()


def _inventory() -> Finding:
    late = probing.late(holding.SYSTEM)
    if late:
        return lacking(f"Entries of the inventory past their day: {late}.", page=probing.list_of(holding.SYSTEM, late="1"))
    count = Record.objects.filter(type=holding.SYSTEM, state="in_use").count()
    return shown(f"Systems in use: {count}; none is past its day.", page=probing.list_of(holding.SYSTEM))


@probe("evaluated", "Whether this system is in use and its periodic evaluation is not past its day.")
def evaluated(view: Viewer, _about: str) -> Finding:
    """Say whether the periodic evaluation of this system is in time (Annex 11-11)."""
    if (missing := _entry(view)) is not None:
        return missing
    entry = Record.objects.get(number=inventory.THIS)
    due = probing.day_of(view, entry.due_at) if entry.due_at else None
    if due is None or due < probing.today(view):
        return lacking(
            f"The evaluation of {inventory.THIS} {f'was due on {due}' if due else 'has no day'}.", number=entry.number
        )
    return shown("The next evaluation is not due yet.", number=entry.number, until=due)


@probe("classified", "Whether this system is classified as closed or open, with the reason.")
def classified(view: Viewer, _about: str) -> Finding:
    """Say whether somebody decided that this system is closed or open (11.3, 11.10, 11.30)."""
    entry = _this(view)
    if entry is None or entry.state in ("proposed", "void"):
        return lacking(f"{inventory.THIS} is not assessed: its entry says whether the system is closed or open, and why.")
    values = records.values(entry)
    if not (values.get("access") and values.get("access_because")):
        return lacking("Its entry does not say whether the system is closed or open, and why.", number=entry.number)
    return shown(f"Classified as {values['access']}.", number=entry.number)


@probe("procedures_in_force", "Whether the entry of this system names its procedures, and all of them are in force.")
def procedures_in_force(view: Viewer, _about: str) -> Finding:
    """Say whether the procedures by which this system is used are in force."""
    entry = _this(view)
    named = [str(one["number"]) for one in records.values(entry).get("procedure") or []] if entry else []
    if entry is None or not named:
        return lacking(f"{inventory.THIS} names no procedure by which it is used.", number=entry.number if entry else "")
    late = [number for number in named if not readiness.in_force(number)]
    if late:
        return lacking(f"Not in force: {probing.some(late)}.", number=entry.number)
    return shown(f"Procedures that it names, all in force: {len(named)}.", number=entry.number)


def _since(view: Viewer, one: Record) -> date | None:
    return probing.day_of(view, one.in_force_from) if one.in_force_from else None


def _this(view: Viewer) -> Record | None:
    declared = holding.SYSTEM in view.configuration.types
    return Record.objects.filter(number=inventory.THIS, type=holding.SYSTEM).first() if declared else None


def _entry(view: Viewer) -> Finding | None:
    """Give what lacks where this system is not in use by the inventory."""
    if holding.SYSTEM not in view.configuration.types:
        return no_type(holding.SYSTEM)
    entry = _this(view)
    if entry is None:
        return lacking(f"{inventory.THIS}, this system, is not in the inventory.", page=probing.list_of(holding.SYSTEM))
    return None if entry.state == "in_use" else lacking(f"{inventory.THIS} is not released for use.", number=entry.number)

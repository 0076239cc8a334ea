"""What a system must have before it is assessed, validated and released for use (Annex 11-4, 21 CFR 11.10(a))."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.models import Event, Record
from indelible.kernel.rules import rule
from indelible.modules.validation import coverage, holding
from indelible.modules.validation.rules import some
from indelible.modules.validation.running import TRAINED
from indelible.practice import grading, inventory

DRILL, PASSED, FAILED = "restore_drill", "closed", "failed"
USABLE = ("approved", "conditional")


@rule("overall_risk_is_the_highest")
def overall_risk_is_the_highest(case: Case) -> str | None:
    """The risk of a system is the highest of those to patient, product and data."""
    asked = grading.highest(*(str(case.value(f"risk_{name}")) for name in ("patient", "product", "data")))
    return None if case.value("risk") == asked else f"The highest of the three risks is {asked}."


@rule("components_have_their_category")
def components_have_their_category(case: Case) -> str | None:
    """Each component has its category with a reason."""
    rows = case.value("components") or []
    bare = [
        str(n) for n, row in enumerate(rows, 1) if not all(row.get(name) for name in ("component", "category", "because"))
    ]
    return f"Component, category or reason is missing in line {some(bare)}." if bare else None


@rule("validation_plan_approved", alone=True)
def validation_plan_approved(case: Case) -> str | None:
    """A validation begins with its approved plan."""
    return (
        None
        if holding.documents(case.head.number, holding.PLAN)
        else f"No validation plan of {case.head.number} is approved."
    )


@rule("summary_report_approved", alone=True)
def summary_report_approved(case: Case) -> str | None:
    """A system is released on the approved summary report of what is in use now."""
    found = holding.documents(case.head.number, holding.SUMMARY)
    values = records.values(found[0]) if found else {}
    if not found:
        return f"No summary report of {case.head.number} is approved."
    if coverage.fits(case.head.number, str(values["build"]), str(values["baseline"])):
        return None
    return f"{found[0].number} is about another build or baseline."


@rule("critical_test_deviations_ended", alone=True)
def critical_test_deviations_ended(case: Case) -> str | None:
    """No system is released with a critical test deviation open, or one that nobody classified yet."""
    found = holding.linking(holding.DEVIATION, "system", case.head.number).filter(
        state__in=("open", "analysed", "correcting")
    )
    late = [one.number for one in found.order_by("number") if records.values(one)["class"] in (None, "critical")]
    return f"Open, and critical or not classified: {some(late)}." if late else None


@rule("supplier_approved", alone=True)
def supplier_approved(case: Case) -> str | None:
    """What is bought or hosted comes from an approved supplier; the agreement is part of that approval."""
    if case.value("supplied") == "made here":
        return None
    number = holding.number_of(case.value("supplier"))
    state = Record.objects.filter(number=number).values_list("state", flat=True).first()
    return None if state in USABLE else f"{number or 'Its supplier'} is not approved."


@rule("procedures_effective", alone=True)
def procedures_effective(case: Case) -> str | None:
    """The procedures by which a system is used are in force."""
    named = [one["number"] for one in case.value("procedure") or []]
    late = [number for number in named if not in_force(number)]
    return f"Not effective: {some(late)}." if late else None


def in_force(number: str) -> bool:
    """Say whether a document is in force, by its number or its series."""
    found = Record.objects.filter(standing="in_force")
    return found.filter(number=number).exists() or found.filter(series=number).exists()


@rule("users_trained", alone=True)
def users_trained(case: Case) -> str | None:
    """Somebody was trained on each procedure, and no training on it is open."""
    for one in case.value("procedure") or []:
        names = _names(one["number"])
        trainings = holding.linking("training", "document", *names)
        late = list(trainings.exclude(state__in=TRAINED).order_by("number").values_list("number", flat=True))
        if late:
            return f"Training on {one['number']} is open: {some(late)}."
        if not trainings.filter(state="done").exists():
            return f"Nobody was trained on {one['number']}."
    return None


def _names(number: str) -> list[str]:
    revisions = Record.objects.filter(series=number).values_list("number", flat=True)
    return [*holding.names(number), *revisions]


@rule("restore_tested")
def restore_tested(case: Case) -> str | None:
    """That a backup can be restored was tried: of this system by its last approved drill or a rehearsal, of others with its evidence."""
    if case.head.number == inventory.THIS:
        drills = Record.objects.filter(type=DRILL, state__in=(PASSED, FAILED))
        newest = drills.order_by("-updated_at").values_list("number", "state").first()
        if newest is not None:
            return (
                None
                if newest[1] == PASSED
                else f"The last restore drill, {newest[0]}, failed: run indelible drill, and let it be approved."
            )
        home = Record.objects.get(type="installation")
        tried = Event.objects.filter(record_id=home.pk, payload__contains='"installation.restore_tested"').exists()
        return None if tried else "No restore of this system was tried yet: run indelible drill."
    known = case.value("restore_tested_on") and case.value("restore_evidence")
    return None if known else "Say on which day a restore was tried, and file its evidence."


@rule("first_reviews_scheduled")
def first_reviews_scheduled(case: Case) -> str | None:
    """The first review is planned for a day that has not passed."""
    today = case.at.astimezone(ZoneInfo(case.configuration.company.zone)).date()
    planned = case.value("next_review")
    return "The next review lies in the past." if planned and date.fromisoformat(planned) < today else None

"""What a risk must say before it is reviewed, and before somebody accepts what is left of it."""

from __future__ import annotations

from indelible.kernel.case import Case
from indelible.kernel.reasons import is_filler
from indelible.kernel.rules import rule
from indelible.modules.risks import grades
from indelible.practice.grading import GRADES


@rule("its_object_is_named")
def its_object_is_named(case: Case) -> str | None:
    """A risk lies in something: a record here, or, where there is none, its name."""
    return None if case.value("object") or case.value("object_name") else "Name the object: a record, or what it is called."


@rule("grades_say_why")
def grades_say_why(case: Case) -> str | None:
    """Grades rest on something that is written down (ICH Q9(R1): subjectivity is managed, not denied)."""
    text = str(case.value("grades_because") or "")
    empty = len(text.strip()) < case.configuration.policies.reason_length or is_filler(text)
    return "Say on which data and knowledge the grades rest, and what is uncertain." if empty else None


@rule("priority_follows_from_grades")
def priority_follows_from_grades(case: Case) -> str | None:
    """Class and priority, now and after treatment, are those that the grades give; the formula stands beside them."""
    found = grades.computed(case.content)
    if found["priority"] is None:
        return "Class and priority cannot be computed: give severity, probability and detectability."
    if found["priority_left"] is None:
        return "What is left cannot be computed: give all three grades after treatment, or none."
    if all(case.value(name) == value for name, value in found.items()):
        return None
    return f"Class and priority are computed anew from the grades, which give priority {found['priority']}: look again in a moment."


@rule("no_failure_mode_is_worse")
def no_failure_mode_is_worse(case: Case) -> str | None:
    """Each failure mode is graded, and none has a higher priority than the risk itself."""
    rows = case.value("failure_modes") or []
    for place, row in enumerate(rows, 1):
        if lacks := grades.lacking(row):
            return f"Failure mode {place} lacks: {', '.join(lacks)}."
    priority = case.value("priority")
    worse = [
        str(place) for place, row in enumerate(rows, 1) if row.get("priority") and _rank(row["priority"]) > _rank(priority)
    ]
    return (
        f"Of higher priority than the risk itself: failure mode {', '.join(worse)}. Grade the risk by its worst."
        if worse
        else None
    )


@rule("graded_after_treatment")
def graded_after_treatment(case: Case) -> str | None:
    """After treatment all three are graded again; severity stays what it was, unless what could happen is avoided."""
    if not case.value("done"):
        return "Say what was done."
    if any(not case.value(f"{name}{grades.LEFT}") for name in grades.GRADES):
        return "Grade severity, probability and detectability again, as they are after treatment."
    lowered = _rank(case.value("severity_left")) < _rank(case.value("severity"))
    if lowered and case.value("treatment") != "avoid":
        return "A control does not lower severity: it makes it less probable, or lets it be noticed."
    return None


@rule("treatment_is_done")
def treatment_is_done(case: Case) -> str | None:
    """What is to be reduced or avoided was treated before somebody accepts the rest; what is only accepted was not graded down."""
    left = [name for name in grades.GRADES if case.value(f"{name}{grades.LEFT}")]
    if case.value("treatment") == "accept":
        return "It is to be accepted as it is, but was graded after a treatment: correct one of both." if left else None
    return graded_after_treatment(case)


def _rank(grade: str | None) -> int:
    return GRADES.index(grade) if grade in GRADES else -1

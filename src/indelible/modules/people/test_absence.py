"""OQ of absences: entered by who may, never twice for a day, and afterwards only by somebody else."""

from __future__ import annotations

from datetime import timedelta

import pytest

MINE = """SELECT DISTINCT r.number, r.state FROM record r JOIN party p ON p.record_id = r.id JOIN account a ON a.person_id = p.person_id
    WHERE r.type = 'absence' AND p.capacity = 'person' AND a.user_id = ? ORDER BY r.number"""


def yes(it):
    return "yes" if it else "no"


@pytest.mark.needs("absence.announced.begin", "absence.running.come_back", "absence:begins", "role:dept_approver")
@pytest.mark.script(
    "OQ-PPL-004",
    title="An absence is entered by who may, overlaps no other, and is entered afterwards by somebody else",
    negative=True,
    requirements=("URS-PPL-008",),
)
def test_an_absence(steps, site, database):
    """The person, the head and Quality enter it; a colleague does not, nor the person afterwards, nor anybody a day twice."""
    made = {}

    def day(days):
        return (site.now() + timedelta(days=days)).date().isoformat()

    def entered(by, begins, back):
        fields = {"person": made["person"].user_id, "begins": day(begins), "back_on": day(back), "kind": "leave"}
        answer = by.create("absence", **fields)
        made["last"] = answer.number or made.get("last", "")
        return f"{answer.status} {answer.rule}".strip() + f"; absences: {count()}"

    def count():
        return len(database.rows(MINE, made["person"].user_id))

    @steps(
        "Somebody new of a department enters a leave to come", given="from day 10 until day 20", expected="201; absences: 1"
    )
    def _():
        made["person"] = site.newcomer(name="Is Away")
        number = site.hiring.number_of(made["person"].user_id)
        site.person("sysadmin").edit(number, department=[site.department], reason="Belongs to this department")
        return entered(made["person"], 10, 20)

    @steps(
        "A colleague and the administrator enter one",
        given="from day 30 until day 40",
        expected="refused: absence_is_entered_by_who_may, absence_is_entered_by_who_may; absences: 1",
    )
    def _():
        answers = [entered(site.person(one), 30, 40).partition(";")[0] for one in ("author", "sysadmin")]
        return f"refused: {', '.join(one.partition(' ')[2] for one in answers)}; absences: {count()}"

    @steps(
        "The head and the person enter days that overlap the leave",
        given="from day 19 until day 25; from day 5 until day 30",
        expected="refused: absences_do_not_overlap, absences_do_not_overlap; absences: 1",
    )
    def _():
        answers = [entered(site.person("dept_approver"), 19, 25), entered(made["person"], 5, 30)]
        return f"refused: {', '.join(one.partition(';')[0].partition(' ')[2] for one in answers)}; absences: {count()}"

    @steps("The head enters days that follow it at once", given="from day 20 until day 25", expected="201; absences: 2")
    def _():
        return entered(site.person("dept_approver"), 20, 25)

    @steps("Quality enters later ones", given="from day 50 until day 60", expected="201; absences: 3")
    def _():
        return entered(site.person("qa_ops"), 50, 60)

    @steps("One that ends before it begins", given="from day 80 until day 70", expected="refused: yes; absences: 3")
    def _():
        answer = entered(made["person"], 80, 70)
        return f"refused: {yes('absence_ends_after_it_begins' in answer)}; absences: {count()}"

    @steps(
        "The person enters afterwards to have been away",
        given="from 3 days ago until day 5",
        expected="refused: yes, earlier_absence_is_entered_by_another; absences: 3",
    )
    def _():
        answer = entered(made["person"], -3, 5)
        refused = "earlier_absence_is_entered_by_another" in answer
        return f"refused: {yes(refused)}, {answer.partition(';')[0].partition(' ')[2]}; absences: {count()}"

    @steps("The head enters the same", expected="201; absences: 4; running")
    def _():
        said = entered(site.person("dept_approver"), -3, 5)
        return f"{said}; {site.until(made['last'], 'running', seconds=120)}"

    @steps("The person says that it never was, and moves its first day", expected="done: no, no; running; absences: 4")
    def _():
        person = made["person"]
        cancelled = person.act(made["last"], "cancel", reason="It was entered in error by the head")
        moved = person.edit(made["last"], begins=day(-9), reason="It began earlier than that")
        state = site.person("qa_approver").state(made["last"])
        return f"done: {yes(cancelled.ok)}, {yes(moved.ok)}; {state}; absences: {count()}"

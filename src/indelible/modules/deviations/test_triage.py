"""OQ of the triage of deviations: class, owner, department and containment within a business day, or it stands as overdue."""

from __future__ import annotations

import pytest

JUDGED = {
    "category": "equipment", "class": "minor", "class_reason": "Neither product nor data were touched", "owner": "q.author",
    "affected": "LN2 tank 2", "containment": "It is watched by the hour", "lot_hold": False, "suspected_cause": "unknown",
    "quality_concerned": False,
}  # fmt: skip
ASKED = ("class", "owner", "containment")


def yes(it):
    return "yes" if it else "no"


@pytest.mark.needs("deviation.draft.submit", "deviation.triage.investigate", "deviation:containment")
@pytest.mark.script(
    "OQ-DEV-031",
    title="A deviation is classified within one business day with owner, department and containment, or stands as overdue",
    negative=True,
    requirements=("URS-DEV-002",),
)
def test_the_triage(steps, site, reading, database):
    """What lacks one of them goes nowhere; the reporter does not classify; after its day it is overdue for everybody to see."""
    made, judge = {}, site.person("qa_ops")

    def reported():
        number = site.make("deviation", "reader", "triage", reporter="q.reader").number
        site.walk(number, "submit", first=("reader",))
        return number

    def sent(number, **given):
        judge.edit(number, **{**JUDGED, "department": [site.department], **given})
        answer = judge.sign(number, "investigate")
        made["said"] = answer
        return f"signed: {yes(answer.signed == 'signed')}; {judge.state(number)}"

    @steps("Read by when it is to be classified", given="the declaration", expected="1 business days")
    def _():
        due = reading.states("deviation")["triage"]["due"]
        return f"{due['days']} {due.get('calendar', 'calendar')} days"

    for name in (*ASKED, "department"):

        @steps("Send one into investigation without it", given=name, expected="signed: no; triage")
        def _(name=name):
            made["number"] = reported()
            return sent(made["number"], **{name: None if name != "department" else []})

    @steps("Classify it as whoever reported it", expected="changed: no")
    def _():
        answer = site.person("reader").edit(made["number"], **{"class": "minor", "class_reason": "It is nothing at all"})
        return f"changed: {yes(answer.ok)}"

    @steps(
        "Leave one for five days",
        given="5 days on the copy's clock",
        expected="triage; due before now: yes; overdue in the list: yes",
    )
    def _():
        made["late"] = reported()
        site.advance("5d")
        due = database.value("SELECT due_at FROM record WHERE number = ?", made["late"])
        listed = judge.api("GET", "/records/deviation?late=1&limit=100").text
        past = str(due)[:19].replace("T", " ") < site.now().strftime("%Y-%m-%d %H:%M:%S")
        return (
            f"{judge.state(made['late'])}; due before now: {yes(past)}; overdue in the list: {yes(made['late'] in listed)}"
        )

    @steps(
        "Classify it with all that is asked",
        expected="signed: yes; " + reading.moves("deviation", "triage")["investigate"]["to"],
    )
    def _():
        return sent(made["late"])

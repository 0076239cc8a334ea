"""OQ of records that should not have been ones of their own: closed towards the record that goes on, with number and clock kept."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

WHY = "It was found that both tell of the same thing"
LINKS = "SELECT l.relation FROM link l JOIN record r ON r.id = l.record_id WHERE r.number = ? AND l.target = ? ORDER BY l.relation"


def yes(it):
    return "yes" if it else "no"


def refused(answer):
    return "done" if answer.ok else f"refused: {answer.rule}"


def written(at):
    return at.isoformat(timespec="seconds")


def reported(site, **given):
    """Let a reader report a deviation; gives its number."""
    number = site.make("deviation", "reader", "triage", reporter="q.reader", **given).number
    site.walk(number, "submit")
    return number


@pytest.mark.needs("deviation.triage.merge", "deviation:duplicate_of")
@pytest.mark.script(
    "OQ-REC-022",
    title="A record that was reported twice is closed towards the one that goes on",
    negative=True,
    requirements=("URS-REC-009",),
)
def test_reported_twice(steps, site, database):
    """It names the other one before, which is neither itself nor void; both stay under their numbers and name each other."""
    made, ops, quality = {}, site.person("qa_ops"), site.person("qa_approver")

    def merged(who="qa_approver"):
        return f"{site.person(who).sign(made['second'], 'merge', WHY).signed}; {quality.state(made['second'])}"

    @steps(
        "Report one thing twice, and close the second as a duplicate that names no other",
        expected="refused: repeats_another_record; triage",
    )
    def _():
        made["first"], made["second"] = reported(site, title="A door was open"), reported(site, title="A door was left open")
        return merged()

    @steps("Let it name itself", expected="200; refused: repeats_another_record; triage")
    def _():
        return f"{ops.edit(made['second'], duplicate_of=[made['second']]).said}; {merged()}"

    @steps("Let it name one that is void", expected="void; refused: repeats_another_record; triage")
    def _():
        void = reported(site, title="Nothing at all")
        state = site.walk(void, "void")
        ops.edit(made["second"], duplicate_of=[void])
        return f"{state}; {merged()}"

    @steps("Let it name the first; its reporter closes it", expected="200; signed: no; triage")
    def _():
        said = ops.edit(made["second"], duplicate_of=[made["first"]]).said
        signed = site.person("reader").sign(made["second"], "merge", WHY).signed
        return f"{said}; signed: {yes(signed == 'signed')}; {quality.state(made['second'])}"

    @steps("A quality approver closes it while work of its own is open", expected="201; refused: own_work_has_ended; triage")
    def _():
        ops.edit(made["second"], owner="q.author")
        task = site.filling.values(
            "action", what="Close the door", belongs_to=[made["second"]], owner="q.author", assignee="q.author.2",
            due_on=(site.now() + timedelta(days=3)).date().isoformat(), blocks_closing=False,
        )  # fmt: skip
        answer = site.person("author").create("action", **task)
        made["task"] = answer.number
        return f"{answer.said}; {merged()}"

    @steps("That is cancelled, and a quality approver closes it", expected="cancelled; signed; duplicate")
    def _():
        return f"{site.walk(made['task'], 'cancel', reason=WHY)}; {merged()}"

    @steps("Look from each to the other", given="SQL", expected="duplicate_of; by_hand; the first one: triage")
    def _():
        there = [one["relation"] for one in database.rows(LINKS, made["second"], made["first"])]
        back = [one["relation"] for one in database.rows(LINKS, made["first"], made["second"])]
        return f"{', '.join(there)}; {', '.join(back)}; the first one: {quality.state(made['first'])}"

    @steps(
        "Look for its number, what it said and its signature",
        expected="A door was left open; authorised; its page names the other: yes",
    )
    def _():
        given = ", ".join(one["statement"]["meaning"] for one in quality.signatures(made["second"]).json["signatures"])
        page = quality.get(f"/r/{made['second']}").words
        return f"{quality.fields(made['second'])['title']}; {given}; its page names the other: {yes(made['first'] in page)}"


@pytest.mark.needs("deviation.triage.retype", "deviation:moved_to", "incident:continues", "incident.reported.contain")
@pytest.mark.script(
    "OQ-REC-023",
    title="What was entered as the wrong type is closed towards the record that continues it, whose clock goes on",
    negative=True,
    requirements=("URS-REC-009",),
)
def test_the_wrong_type(steps, site, database):
    """The new record is begun from the old one, never with a later clock; the old one names it before it is closed."""
    made, ops, quality = {}, site.person("qa_ops"), site.person("qa_approver")

    def moved():
        return f"{quality.sign(made['deviation'], 'retype', WHY).signed}; {quality.state(made['deviation'])}"

    def incident(**given):
        fields = {"title": "No entries were taken", "occurred_at": made["at"], "detected_at": made["at"], "kind": "availability",
                  "reporter": "q.reader", "continues": [made["deviation"]]}  # fmt: skip
        return ops.create("incident", **site.filling.values("incident", **{**fields, **given}))

    @steps(
        "Report a deviation that is an incident, and close it as moved to none",
        expected="refused: continues_as_another_type; triage",
    )
    def _():
        made["at"] = written(site.now() - timedelta(minutes=30))
        made["deviation"] = reported(site, title="No entries were taken", occurred_at=made["at"], discovered_at=made["at"])
        return moved()

    @steps("Name an incident that does not continue it", expected="200; refused: continues_as_another_type; triage")
    def _():
        other = incident(continues=None).number
        return f"{ops.edit(made['deviation'], moved_to=[other]).said}; {moved()}"

    @steps("Begin the incident that continues it with a later detection", expected="refused: clock_goes_on")
    def _():
        return refused(incident(detected_at=written(site.now() - timedelta(minutes=1))))

    @steps("Begin it with the detection of the deviation", expected="201; detected when the deviation was discovered: yes")
    def _():
        answer = incident()
        made["incident"] = answer.number
        ours = datetime.fromisoformat(quality.fields(made["incident"])["detected_at"])
        theirs = datetime.fromisoformat(quality.fields(made["deviation"])["discovered_at"])
        return f"{answer.said}; detected when the deviation was discovered: {yes(ours == theirs)}"

    @steps(
        "Let the incident begin its clock later, and continue nothing",
        expected="refused: clock_goes_on, refused: clock_goes_on",
    )
    def _():
        later = ops.edit(made["incident"], detected_at=written(site.now() - timedelta(minutes=1)))
        nothing = ops.edit(made["incident"], continues=None)
        return f"{refused(later)}, {refused(nothing)}"

    @steps("Name it, and close the deviation as moved", expected="200; signed; moved; the incident: reported")
    def _():
        said = ops.edit(made["deviation"], moved_to=[made["incident"]]).said
        return f"{said}; {moved()}; the incident: {quality.state(made['incident'])}"

    @steps("Look from each to the other", given="SQL", expected="moved_to; continues")
    def _():
        there = [one["relation"] for one in database.rows(LINKS, made["deviation"], made["incident"])]
        back = [one["relation"] for one in database.rows(LINKS, made["incident"], made["deviation"])]
        return f"{', '.join(there)}; {', '.join(back)}"

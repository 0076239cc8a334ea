"""PQ of audits: announced, carried out by people who do not belong to what is audited, a finding answered, corrected and closed."""

from __future__ import annotations

from datetime import timedelta

import pytest

NEEDS = (
    "audit.planned.announce",
    "audit.in_progress.end",
    "audit.answering.close",
    "finding.open.respond",
    "finding.to_verify.close",
)
ROWS = [{"clause": "11.10(d)", "question": "Is access limited?", "answer": "yes", "seen": "The list of accounts"}]


def yes(it):
    return "yes" if it else "no"


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "PQ-AUD-001",
    title="An audit with a finding goes from its announcement to its end",
    negative=True,
    requirements=("URS-AUD-001", "URS-AUD-002", "URS-AUD-003", "URS-AUD-004", "URS-AUD-005", "URS-AUD-006"),
)
def test_an_audit(steps, site, reading):
    """Nobody audits their own department; a checklist has its answers; a finding stays as it was found; no end with a finding open."""
    made = {}

    def day(days):
        return (site.now() + timedelta(days=days)).date().isoformat()

    @steps("An auditor plans an audit of the own department", expected="refused: auditor_is_not_of_audited_department")
    def _():
        return f"refused: {site.make('audit', 'internal_auditor', department=site.department, standard='21 CFR 211', place='on site').rule}"

    @steps("Another department is audited, without the ten days of notice", expected="announced: no")
    def _():
        answer = site.make(
            "audit", "internal_auditor", standard="21 CFR 211", place="on site", from_on=day(3), until_on=day(4)
        )
        made["audit"] = answer.number
        return f"announced: {yes(site.person('internal_auditor').act(made['audit'], 'announce').ok)}"

    @steps("With notice it is announced and begun", expected="in_progress")
    def _():
        site.person("internal_auditor").edit(made["audit"], from_on=day(40), until_on=day(41))
        site.walk(made["audit"], "announce")
        return site.walk(made["audit"], "begin")

    @steps("A finding is written by somebody who does not audit, then by the auditor", expected="refused, 201")
    def _():
        head = site.person("internal_auditor").read(made["audit"]).json["fields"]
        made["department"] = head["department"][0]["number"]
        given = {
            "text": "An entry is not countersigned",
            "class": "minor",
            "audit": made["audit"],
            "department": made["department"],
        }
        first = site.make("finding", "qa_ops", **given)
        answer = site.make("finding", "internal_auditor", **given)
        made["finding"] = answer.number
        return f"{'done' if first.ok else 'refused'}, {answer.said}"

    @steps("It is ended with a question unanswered", expected="signed: no")
    def _():
        person = site.person("internal_auditor")
        person.edit(
            made["audit"],
            people_met="The head and two analysts",
            records_seen="DEV-001 and a log",
            checklist=[{**ROWS[0], "answer": None}],
        )
        return f"signed: {yes(person.sign(made['audit'], 'end').signed == 'signed')}"

    @steps("Answered, it is ended, reported and issued", expected="answering")
    def _():
        site.person("internal_auditor").edit(made["audit"], checklist=ROWS)
        site.walk(made["audit"], "end")
        site.person("internal_auditor").edit(made["audit"], summary="One finding; the rest is in order")
        return site.walk(made["audit"], "issue")

    @steps("The auditor changes what was found, after the report", expected="done: no")
    def _():
        return f"done: {yes(site.person('internal_auditor').edit(made['finding'], text='Something else').ok)}"

    @steps("The audit is closed with the finding open", expected="signed: no")
    def _():
        return f"signed: {yes(site.person('internal_auditor').sign(made['audit'], 'close').signed == 'signed')}"

    @steps("The head of the audited department answers", given="a newcomer who heads it", expected="responded")
    def _():
        person = made["head"] = site.newcomer(name="Heads The Audited")
        site.hiring.complete(person, site.reading.roles["dept_approver"].get("file", []))
        number = (
            site.person("qa_approver.2")
            .create("grant", person=person.user_id, role="dept_approver", why="Heads it", department=made["department"])
            .number
        )
        site.walk(number, "approve")
        person.edit(
            made["finding"],
            cause="Nobody was told to",
            correction="The entry is countersigned",
            corrective_action="The form asks for it",
            owner="q.author.2",
            correct_by=day(30),
        )
        person.sign(made["finding"], "respond")
        return site.person("internal_auditor").state(made["finding"])

    @steps("The answer is accepted, the correction done, and verified by its doer", expected="signed: no")
    def _():
        site.walk(made["finding"], "accept")
        site.person("author.2").edit(made["finding"], done="Countersigned today, page 7")
        site.walk(made["finding"], "done")
        return f"signed: {yes(site.person('author.2').sign(made['finding'], 'close').signed == 'signed')}"

    @steps("The auditor verifies it, and auditor and Quality close the audit", expected="closed, closed")
    def _():
        return f"{site.walk(made['finding'], 'close')}, {site.walk(made['audit'], 'close')}"

"""OQ of audits: nobody audits what is their own, and what was found stays as it was found."""

from __future__ import annotations

from datetime import timedelta

import pytest

ROWS = [{"clause": "11.10(d)", "question": "Is access limited?", "answer": "yes", "seen": "The list of accounts"}]
NEEDS = ("audit.planned.announce", "audit.in_progress.end", "audit.reporting.issue", "finding.open.respond", "audit:team")
RULE = "auditor_is_not_of_audited_department"


def yes(it):
    return "yes" if it else "no"


def day(site, days):
    return (site.now() + timedelta(days=days)).date().isoformat()


def other_department(site):
    found = site.person("sysadmin").api("GET", "/records/department?limit=100").json["records"]
    return next(one["number"] for one in found if one["number"] != site.department)


def planned(site, **given):
    fields = {"standard": "21 CFR 211", "place": "on site", "from_on": day(site, 40), "until_on": day(site, 41), **given}
    return site.make("audit", "internal_auditor", **fields)


def begun(site, **given):
    """Let the auditor plan, announce and begin an audit of another department; gives its number."""
    number = planned(site, **given).number
    for move in ("announce", "begin"):
        site.walk(number, move)
    return number


def finding(site, audit, who="internal_auditor", **given):
    fields = {
        "text": "An entry is not countersigned",
        "class": "minor",
        "audit": audit,
        "department": other_department(site),
        **given,
    }
    return site.make("finding", who, **fields)


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-AUD-031",
    title="An audit is led, staffed and approved by nobody who belongs to what is audited",
    negative=True,
    requirements=("URS-AUD-001",),
)
def test_who_audits(steps, site):
    """A lead of that department, somebody of the team, one who came to it later, and an approver of it: refused each time."""
    made = {}

    @steps("Plan an audit of the lead's own department", expected=f"refused: {RULE}")
    def _():
        answer = planned(site, department=site.department)
        return f"{'done' if answer.ok else 'refused'}: {answer.rule}"

    @steps(
        "Plan one of another department, and take somebody of that department into the team",
        expected="refused; planned; team: 0",
    )
    def _():
        made["number"] = planned(site).number
        made["member"] = site.newcomer("internal_auditor", name="Belongs There")
        number = site.hiring.number_of(made["member"].user_id)
        site.person("sysadmin").edit(number, department=[other_department(site)], reason="Belongs to that department")
        lead = site.person("internal_auditor")
        answer = lead.edit(made["number"], team=[made["member"].user_id])
        if answer.ok:
            answer = lead.act(made["number"], "announce")
        team = lead.fields(made["number"])["team"] or []
        if team:
            lead.edit(made["number"], team=[])
        return f"{'done' if answer.ok else 'refused'}; {lead.state(made['number'])}; team: {len(team) if answer.ok else 0}"

    @steps(
        "Let the lead come to that department after the announcement, and begin",
        expected=f"announced; refused: {RULE}; announced",
    )
    def _():
        lead = made["lead"] = site.newcomer("internal_auditor", name="Comes There Later")
        made["late"] = planned(site, lead_auditor=lead.user_id).number
        state = site.walk(made["late"], "announce")
        number = site.hiring.number_of(lead.user_id)
        site.person("sysadmin").edit(number, department=[other_department(site)], reason="Moved to that department")
        answer = lead.act(made["late"], "begin")
        return f"{state}; {'done' if answer.ok else 'refused'}: {answer.rule}; {lead.state(made['late'])}"

    @steps(
        "Let somebody of Quality approve the report who belongs to that department",
        expected=f"reporting; refused: {RULE}; reporting",
    )
    def _():
        made["audit"] = begun(site)
        lead = site.person("internal_auditor")
        lead.edit(made["audit"], people_met="The head and two analysts", records_seen="A log", checklist=ROWS)
        site.walk(made["audit"], "end")
        lead.edit(made["audit"], summary="The rest is in order")
        lead.sign(made["audit"], "issue")
        made["quality"] = site.newcomer("qa_approver", name="Approves Own Department")
        number = site.hiring.number_of(made["quality"].user_id)
        site.person("sysadmin").edit(number, department=[other_department(site)], reason="Belongs to that department")
        before = lead.state(made["audit"])
        answer = made["quality"].sign(made["audit"], "issue")
        return f"{before}; {answer.signed}; {lead.state(made['audit'])}"

    @steps("Let somebody of Quality approve it who does not", expected="signed; answering")
    def _():
        answer = site.person("qa_approver").sign(made["audit"], "issue")
        return f"{answer.signed}; {site.person('internal_auditor').state(made['audit'])}"


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-AUD-032",
    title="A finding is written by the audit team while the audit goes on, and changed by nobody after the report",
    negative=True,
    requirements=("URS-AUD-004",),
)
def test_findings(steps, site, database):
    """Before the audit, by others, and after the report none is written; what was found is changed by the team alone, and then by nobody."""
    made, auditor = {}, site.person("internal_auditor")

    def count():
        sql = "SELECT count(DISTINCT r.number) AS n FROM record r JOIN link l ON l.record_id = r.id WHERE r.type = 'finding' AND l.target = ?"
        return database.value(sql, made["audit"])

    def said(answer):
        return f"{'done' if answer.ok else 'refused'}; findings: {count()}"

    @steps("Write a finding before the audit has begun", expected="refused; findings: 0")
    def _():
        made["audit"] = planned(site).number
        return said(finding(site, made["audit"]))

    @steps(
        "Write one during the audit as somebody who does not audit",
        given="quality operations",
        expected="refused; findings: 0",
    )
    def _():
        for move in ("announce", "begin"):
            site.walk(made["audit"], move)
        return said(finding(site, made["audit"], "qa_ops"))

    @steps("Write one as the auditor", expected="done; findings: 1")
    def _():
        answer = finding(site, made["audit"])
        made["finding"] = answer.number
        return said(answer)

    def changed(who, **given):
        before = auditor.fields(made["finding"])["text"]
        answer = site.person(who).edit(made["finding"], **given)
        same = auditor.fields(made["finding"])["text"] == before
        return f"done: {yes(answer.ok)}; as it was: {yes(same)}"

    @steps("Change what was found as the head of a department", expected="done: no; as it was: yes")
    def _():
        return changed("dept_approver", text="Nothing was found")

    @steps("Change it as the auditor, while the audit goes on", expected="done: yes; as it was: no")
    def _():
        return changed("internal_auditor", text="Two entries are not countersigned")

    @steps("End the audit and issue its report", expected="answering")
    def _():
        auditor.edit(made["audit"], people_met="The head and two analysts", records_seen="A log", checklist=ROWS)
        site.walk(made["audit"], "end")
        auditor.edit(made["audit"], summary="One finding; the rest is in order")
        return site.walk(made["audit"], "issue")

    @steps("Change what was found after the report, as the auditor", expected="done: no; as it was: yes")
    def _():
        return changed("internal_auditor", text="One entry is not countersigned")

    @steps("Write another finding after the report", expected="refused; findings: 1")
    def _():
        return said(finding(site, made["audit"], text="One more thing"))

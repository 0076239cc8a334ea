"""PQ of complaints: in the words of who complained, every route of reporting decided, closed by Quality."""

from __future__ import annotations

import pytest


def yes(it):
    return "yes" if it else "no"


@pytest.mark.needs("complaint.received.triage", "complaint:reportability")
@pytest.mark.script(
    "PQ-CMP-001",
    title="A complaint is judged, its reporting decided, investigated and closed",
    negative=True,
    requirements=("URS-CMP-001", "URS-CMP-002", "URS-CMP-003"),
)
def test_a_complaint(steps, site, database, reading):
    """Nobody decides alone what is reported, and nothing is closed undecided."""
    made = {}

    @steps("A reader enters it", expected="201 received")
    def _():
        answer = site.make(
            "complaint",
            "reader",
            what="The bag leaked at the site",
            source_kind="site",
            lot="unknown",
            received_by="q.reader",
        )
        made["number"] = answer.number
        return f"{answer.said} {site.person('qa_ops').state(made['number'])}"

    @steps("It is sent on without being judged", expected="signed: no")
    def _():
        return f"signed: {yes(site.person('qa_ops').sign(made['number'], 'triage').signed == 'signed')}"

    @steps("Quality operations judge it", expected=reading.moves("complaint", "received")["triage"]["to"])
    def _():
        site.person("qa_ops").edit(
            made["number"],
            **{
                "category": "packaging or label",
                "class": "minor",
                "owner": "q.author",
                "seriousness": "no adverse event",
                "medical_lead": "q.executive",
                "regulatory_lead": "q.system_owner",
                "quality_concerned": False,
            },
        )
        return site.walk(made["number"], "triage")

    @steps("It is submitted before it was decided what is reported", expected="signed: no")
    def _():
        return f"signed: {yes(site.person('author').sign(made['number'], 'submit').signed == 'signed')}"

    @steps("Each route is decided and signed by those who are asked", expected="signed by at least 2 people: yes")
    def _():
        day = site.now().date().isoformat()
        row = {"route": "partner or supplier", "report": False, "reason": "Nobody was treated with it", "decided_on": day}
        site.person("author").edit(made["number"], reportability=[row])
        site.walk(made["number"], "decide_reportability")
        names = {
            one["person"]
            for one in site.person("qa_approver").signatures(made["number"]).json["signatures"]
            if one["statement"]["act"].endswith("decide_reportability")
        }
        return f"signed by at least 2 people: {yes(len(names) >= 2)}"

    @steps("It is investigated and submitted", expected="qa_review")
    def _():
        site.person("author").edit(
            made["number"],
            investigation="done",
            lot_history="No other one of this lot",
            cause="A weld that was too cold",
            impact="The bag was not used",
            answer="Told the site on the day",
        )
        return site.walk(made["number"], "submit")

    @steps("The lead's action on reporting is done and accepted by somebody else", expected="still open: 0")
    def _():
        sql = "SELECT DISTINCT r.number, r.state FROM record r JOIN link l ON l.record_id = r.id WHERE r.type = 'action' AND l.target = ?"
        for row in database.rows(sql, made["number"]):
            for who in ("executive", "system_owner"):
                site.person(who).edit(
                    row["number"], done_on=site.now().date().isoformat(), evidence="Decided and signed in the complaint"
                )
                site.person(who).act(row["number"], "done")
            site.walk(row["number"], "accept")
        return f"still open: {sum(reading.states('action')[row['state']]['look'] not in ('done', 'void') for row in database.rows(sql, made['number']))}"

    @steps("Its owner closes it, then Quality does", expected="by the owner: no; an end: yes")
    def _():
        own = site.person("author").sign(made["number"], "close").signed == "signed"
        state = site.walk(made["number"], "close")
        return f"by the owner: {yes(own)}; an end: {yes(reading.states('complaint').get(state, {}).get('look') == 'done')}"

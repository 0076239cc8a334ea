"""PQ of deviations: reported without a signature, judged, investigated, with its action and CAPA, closed by Quality alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

NEEDS = (
    "deviation.draft.submit",
    "deviation.triage.investigate",
    "deviation.investigating.submit",
    "deviation.qa_review.close",
    "action",
    "capa",
)


def yes(it):
    return "yes" if it else "no"


def day(site, days):
    return (site.now() + timedelta(days=days)).date().isoformat()


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "PQ-DEV-001",
    title="A deviation leads to a CAPA, and the CAPA is shown to work",
    negative=True,
    requirements=(
        "URS-DEV-001",
        "URS-DEV-002",
        "URS-DEV-005",
        "URS-DEV-007",
        "URS-CAP-001",
        "URS-CAP-002",
        "URS-CAP-003",
        "URS-CAP-004",
        "URS-CAP-007",
        "URS-AUT-006",
    ),
)
def test_a_deviation(steps, site, reading):
    """From the report of a reader to the CAPA that is closed as effective after its time, each step by those whom the configuration names."""
    made = {}

    @steps("A reader reports it, without a signature", expected=reading.moves("deviation", "draft")["submit"]["to"])
    def _():
        at = (site.now() - timedelta(minutes=5)).isoformat(timespec="seconds")
        fields = site.filling.values(
            "deviation",
            reporter="q.reader",
            title="Freezer alarm not acknowledged",
            what_happened="The alarm rang for 42 minutes",
            occurred_at=at,
            discovered_at=at,
            place="LN2 room",
            immediate_action="Level filled up",
            product_or_lot="none",
        )
        made["dev"] = site.person("reader").create("deviation", **fields).number
        return site.walk(made["dev"], "submit", first=("reader",))

    @steps("It is sent into investigation without a judgement", given="quality operations", expected="signed: no")
    def _():
        return f"signed: {yes(site.person('qa_ops').sign(made['dev'], 'investigate').signed == 'signed')}"

    @steps(
        "Quality judges it and begins the investigation", expected=reading.moves("deviation", "triage")["investigate"]["to"]
    )
    def _():
        site.person("qa_ops").edit(
            made["dev"],
            **{
                "category": "equipment",
                "class": "minor",
                "class_reason": "Neither product nor data",
                "owner": "q.author",
                "department": site.department,
                "affected": "LN2 tank 2",
                "containment": "Watch by the hour",
                "lot_hold": False,
                "suspected_cause": "unknown",
                "quality_concerned": False,
            },
        )
        return site.walk(made["dev"], "investigate")

    @steps("The owner submits it without impact and cause", expected="signed: no")
    def _():
        return f"signed: {yes(site.person('author').sign(made['dev'], 'submit').signed == 'signed')}"

    @steps(
        "The owner states impact, cause and what happened before, begins an action and the CAPA, and submits",
        expected="qa_review",
    )
    def _():
        words = {f"{one}_impact": False for one in ("product", "patient", "data")} | {
            f"{one}_reason": "The temperature stayed within limits" for one in ("product", "patient", "data")
        }
        words |= {
            "extent": "No other tank",
            "capa_needed": True,
            "capa_reason": "It can happen with other tanks",
            "outside_notification": False,
            "look_back": "No other case in 24 months",
            "method": "five whys",
            "cause": "The alarm was forwarded to nobody",
            "cause_code": "procedure",
            "whys": [{"why": "Why was it not seen?", "because": "Nobody was told", "evidence": "Log"}],
        }
        site.person("author").edit(made["dev"], **words)
        made["action"] = (
            site.person("author")
            .create(
                "action",
                **site.filling.values(
                    "action",
                    what="Forward the alarm to two people",
                    belongs_to=[made["dev"]],
                    owner="q.author",
                    assignee="q.author.2",
                    due_on=day(site, 10),
                    blocks_closing=True,
                ),
            )
            .number
        )
        made["capa"] = (
            site.person("author")
            .create(
                "capa",
                **site.filling.values(
                    "capa",
                    title="Alarms reach somebody",
                    sources=[made["dev"]],
                    problem="Alarms are not seen",
                    cause="Forwarded to nobody",
                    kind="corrective",
                    owner="q.author",
                    department=site.department,
                    risk_before="medium",
                    implement_by=day(site, 20),
                    criterion="No alarm unseen for 5 minutes in 30 days",
                    check_method="All alarms of the log",
                    checker="q.system_owner",
                    check_after_days="30",
                ),
            )
            .number
        )
        return site.walk(made["dev"], "submit")

    @steps("Quality closes it while action and plan are open", expected="signed: no")
    def _():
        return f"signed: {yes(site.person('qa_approver').sign(made['dev'], 'close').signed == 'signed')}"

    @steps("Who does the action accepts it themselves", expected="signed: no")
    def _():
        doer = site.person("author.2")
        doer.edit(made["action"], done_on=day(site, 0), evidence="Test call of today, 14:03")
        doer.act(made["action"], "done")
        return f"signed: {yes(doer.sign(made['action'], 'accept').signed == 'signed')}"

    @steps("Quality operations accept it", expected="an end: yes")
    def _():
        state = site.walk(made["action"], "accept")
        return f"an end: {yes(reading.states('action')[state]['look'] == 'done')}"

    @steps("The plan of the CAPA is approved without an action of its own", expected="signed: no")
    def _():
        return f"signed: {yes(site.person('author').sign(made['capa'], 'submit').signed == 'signed')}"

    @steps("With an action it is submitted and approved", expected=reading.moves("capa", "plan_approval")["approve"]["to"])
    def _():
        made["task"] = (
            site.person("author")
            .create(
                "action",
                **site.filling.values(
                    "action",
                    what="Test both telephones",
                    belongs_to=[made["capa"]],
                    owner="q.author",
                    assignee="q.author.2",
                    due_on=day(site, 10),
                    blocks_closing=True,
                ),
            )
            .number
        )
        site.walk(made["capa"], "submit")
        return site.walk(made["capa"], "approve")

    @steps("Quality closes the deviation, whose owner and reporter are others", expected="closed; by the owner: no")
    def _():
        own = site.person("author").sign(made["dev"], "close").signed == "signed"
        return f"{site.walk(made['dev'], 'close')}; by the owner: {yes(own)}"

    @steps("The CAPA is called complete while its action is open", expected="signed: no")
    def _():
        site.person("author").edit(made["capa"], done="The alarm goes to two telephones")
        return f"signed: {yes(site.person('author').sign(made['capa'], 'complete').signed == 'signed')}"

    @steps(
        "The action is done and accepted, the CAPA completed and verified",
        expected=reading.moves("capa", "verifying")["verify"]["to"],
    )
    def _():
        doer = site.person("author.2")
        doer.edit(made["task"], done_on=day(site, 0), evidence="Two calls, 14:03 and 14:05")
        doer.act(made["task"], "done")
        site.walk(made["task"], "accept")
        site.walk(made["capa"], "complete")
        return site.walk(made["capa"], "verify")

    @steps("It is called effective at once", given="result and criterion stated", expected="signed: no")
    def _():
        site.person("system_owner").edit(made["capa"], result="No alarm unseen", criterion_met=True)
        return f"signed: {yes(site.person('system_owner').sign(made['capa'], 'effective').signed == 'signed')}"

    @steps(
        "After its time it is found effective by checker and Quality",
        given="33 days later",
        expected=reading.moves("capa", "monitoring")["effective"]["to"],
    )
    def _():
        site.advance("33d")
        return site.walk(made["capa"], "effective")

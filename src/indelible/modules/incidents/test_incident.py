"""PQ of incidents: reported by anybody, contained, its impact on data judged, closed by Quality."""

from __future__ import annotations

from datetime import timedelta

import pytest


def yes(it):
    return "yes" if it else "no"


@pytest.mark.needs("incident.reported.contain", "incident.contained.assess", "incident.qa_review.close")
@pytest.mark.script(
    "PQ-INC-001",
    title="An incident is contained, its impact judged, and it is closed",
    negative=True,
    requirements=("URS-INC-001", "URS-INC-002", "URS-INC-004"),
)
def test_an_incident(steps, site, reading):
    """No signature to report it; no end without a judgement of what happened to data, also where nothing did."""
    made = {}

    @steps("A reader reports it", expected="201 reported, 0 signatures")
    def _():
        at = (site.now() - timedelta(minutes=5)).isoformat(timespec="seconds")
        answer = site.make(
            "incident",
            "reader",
            title="Entries of a night are missing",
            occurred_at=at,
            detected_at=at,
            kind="availability",
            reporter="q.reader",
        )
        made["number"] = answer.number
        signed = site.person("qa_ops").signatures(made["number"]).json["signatures"]
        return f"{answer.said} {site.person('qa_ops').state(made['number'])}, {len(signed)} signatures"

    @steps("It is contained before anything is said of it", expected="done: no")
    def _():
        return f"done: {yes(site.person('sysadmin').act(made['number'], 'contain').ok)}"

    @steps(
        "Quality operations name containment and owner; it is contained",
        expected=reading.moves("incident", "reported")["contain"]["to"],
    )
    def _():
        site.person("qa_ops").edit(
            made["number"],
            containment="The disk was emptied",
            owner="q.author",
            quality_concerned=False,
            personal_data=False,
        )
        return site.walk(made["number"], "contain", first=("sysadmin",))

    @steps("It is sent into its assessment", expected=reading.moves("incident", "contained")["assess"]["to"])
    def _():
        return site.walk(made["number"], "assess")

    @steps("The owner submits without a judgement of the impact on data", expected="signed: no")
    def _():
        return f"signed: {yes(site.person('author').sign(made['number'], 'submit').signed == 'signed')}"

    @steps("With the judgement it is submitted", expected="qa_review")
    def _():
        site.person("author").edit(
            made["number"],
            **{
                "records_affected": "Eleven entries of the freezer log, one night",
                "data_affected": True,
                "principle": ["contemporaneous"],
                "impact": "No lot was released on them",
                "class": "minor",
                "class_reason": "The entries are on paper too",
                "cause": "The disk of the server was full",
                "capa_needed": False,
                "capa_reason": "The disk is watched now",
            },
        )
        return site.walk(made["number"], "submit")

    @steps("Its owner closes it, then Quality does", expected="by the owner: no; closed")
    def _():
        own = site.person("author").sign(made["number"], "close").signed == "signed"
        return f"by the owner: {yes(own)}; {site.walk(made['number'], 'close')}"

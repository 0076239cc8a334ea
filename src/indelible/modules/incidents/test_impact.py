"""OQ of incidents: anybody reports one without a signature; none is closed before its impact on data was judged."""

from __future__ import annotations

from datetime import timedelta

import pytest

JUDGED = {
    "records_affected": "Eleven entries of the freezer log, one night", "data_affected": True, "principle": ["contemporaneous"],
    "impact": "No lot was released on them", "class": "minor", "class_reason": "The entries are on paper too",
    "cause": "The disk of the server was full", "capa_needed": False, "capa_reason": "The disk is watched now",
}  # fmt: skip


def yes(it):
    return "yes" if it else "no"


def fields(site, **given):
    at = (site.now() - timedelta(minutes=5)).isoformat(timespec="seconds")
    more = {"title": "Entries of a night are missing", "occurred_at": at, "detected_at": at, "kind": "access", **given}
    return site.filling.values("incident", **more)


@pytest.mark.needs("incident.reported.contain")
@pytest.mark.script(
    "OQ-INC-031",
    title="An incident is reported by any active person without a signature, and by nobody else",
    negative=True,
    requirements=("URS-INC-001",),
)
def test_who_reports(steps, site, reading, database):
    """Every role of the company reports; who has not signed in, an invented token, and somebody who was disabled do not."""
    made = {}
    roles = sorted(name for name in reading.roles if not name.startswith("guest"))

    def count():
        return database.value("SELECT count(*) AS n FROM record WHERE type = 'incident'")

    @steps("Report one as somebody of every role", given=", ".join(roles), expected=f"reported: {len(roles)}; signatures: 0")
    def _():
        numbers = [site.person(one).create("incident", **fields(site, reporter=f"q.{one}")).number for one in roles]
        signed = sum(
            database.value(
                "SELECT count(*) AS n FROM signature s JOIN record r ON r.id = s.record_id WHERE r.number = ?", number
            )
            for number in numbers
        )
        made["count"] = count()
        states = [site.person("qa_ops").state(number) for number in numbers]
        return f"reported: {states.count('reported')}; signatures: {signed}"

    @steps("Report one as somebody new who holds no role", expected="201 reported")
    def _():
        made["person"] = site.newcomer(name="Reports And Leaves")
        answer = made["person"].create("incident", **fields(site, reporter=made["person"].user_id))
        return f"{answer.said} {site.person('qa_ops').state(answer.number)}"

    @steps("Report one without having signed in, and with an invented token", expected="401, 401; more incidents: no")
    def _():
        before = count()
        sent = {"fields": fields(site)}
        stranger, invented = site.nobody(), site.program("ind_" + "y" * 43, "invented token")
        answers = [one.api("POST", "/records/incident", sent, Idempotency_Key="script-none") for one in (stranger, invented)]
        return f"{', '.join(str(one.status) for one in answers)}; more incidents: {yes(count() > before)}"

    @steps("Disable that person, who then reports one with the old session", expected="reported: no; more incidents: no")
    def _():
        before, administrator = count(), site.person("sysadmin")
        number = site.hiring.number_of(made["person"].user_id)
        seen = administrator.read(number).json["position"]
        administrator.post(f"/accounts/{number}/deactivate", {"seen": str(seen), "reason": "Left the company today"})
        site.hiring.gone.add(made["person"].user_id)
        made["person"].comes_back = False
        answer = made["person"].create("incident", **fields(site))
        return f"reported: {yes(answer.number)}; more incidents: {yes(count() > before)}"


@pytest.mark.needs(
    "incident.reported.contain", "incident.investigating.submit", "incident.qa_review.close", "incident:data_affected"
)
@pytest.mark.script(
    "OQ-INC-032",
    title="An incident is not closed before its impact on data was judged, also where there is none",
    negative=True,
    requirements=("URS-INC-002",),
)
def test_the_impact_on_data(steps, site):
    """Without records, impact or cause, with a filler, and with yes and no that contradict each other, it goes nowhere."""
    made, owner = {}, site.person("author")

    def submitted(**given):
        owner.edit(made["number"], **{**JUDGED, **given})
        return f"{owner.sign(made['number'], 'submit').signed}; {owner.state(made['number'])}"

    @steps("One is reported, contained and investigated", expected="investigating")
    def _():
        made["number"] = site.person("reader").create("incident", **fields(site, reporter="q.reader")).number
        said = {
            "containment": "The disk was emptied",
            "owner": "q.author",
            "quality_concerned": False,
            "personal_data": False,
        }
        site.person("qa_ops").edit(made["number"], **said)
        site.walk(made["number"], "contain", first=("sysadmin",))
        return site.walk(made["number"], "assess")

    @steps("Close it at once", given="Quality", expected="signed: no; investigating")
    def _():
        answer = site.person("qa_approver").sign(made["number"], "close")
        return f"signed: {yes(answer.signed == 'signed')}; {owner.state(made['number'])}"

    for name in ("records_affected", "impact", "cause"):

        @steps(
            "Send it to Quality with a word that says nothing",
            given=f"{name}: n/a",
            expected="refused: data_impact_assessed; investigating",
        )
        def _(name=name):
            return submitted(**{name: "n/a"})

    @steps("Send it without saying whether data are affected", expected="signed: no; investigating")
    def _():
        said = submitted(data_affected=None)
        return f"signed: {yes(said.startswith('signed'))}; {said.rpartition('; ')[2]}"

    @steps("Say that data are affected, and name no principle", expected="refused: data_impact_assessed; investigating")
    def _():
        return submitted(principle=["none"])

    @steps(
        "Say that no data are affected, and name a principle that was hurt",
        expected="refused: data_impact_assessed; investigating",
    )
    def _():
        return submitted(data_affected=False)

    @steps("Judge that no data are affected, with reasons", expected="qa_review")
    def _():
        owner.edit(
            made["number"],
            **{**JUDGED, "data_affected": False, "principle": ["none"], "records_affected": "None: the log was on paper"},
        )
        return site.walk(made["number"], "submit")

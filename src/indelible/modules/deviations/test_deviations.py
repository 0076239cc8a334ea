"""OQ of deviations: what is serious is investigated."""

from __future__ import annotations

import pytest


@pytest.mark.needs("deviation.triage.correct", "deviation.triage.investigate")
@pytest.mark.script(
    "OQ-DEV-001",
    title="A major deviation is not corrected without investigation",
    negative=True,
    requirements=("URS-DEV-003",),
)
def test_a_major_one_is_investigated(steps, site):
    """The short way is refused for what is not minor, and the long one is open."""
    made, quality = {}, site.person("qa_ops")

    @steps("Report a deviation", expected="triage")
    def _():
        made["number"] = site.make("deviation", "author", "triage", owner="q.author").number
        return site.walk(made["number"], "submit")

    @steps("Class it as major at triage", expected="200")
    def _():
        fields = site.filling.values("deviation", "correcting", **{"class": "major", "lot_hold": False, "owner": "q.author"})
        known = site.person("qa_ops").fields(made["number"])
        return quality.edit(
            made["number"], **{name: value for name, value in fields.items() if not known.get(name) or name == "class"}
        ).said

    @steps("Accept it for correction without investigation", expected="refused: minor_without_product_impact; triage")
    def _():
        return f"{quality.sign(made['number'], 'correct').signed}; {quality.state(made['number'])}"

    @steps("Accept it for investigation", expected="investigating")
    def _():
        return site.walk(made["number"], "investigate")


@pytest.mark.needs("deviation.triage.correct", "deviation.correcting.submit", "deviation.qa_review.close")
@pytest.mark.script(
    "OQ-DEV-002",
    title="Who reported a deviation does not close it",
    negative=True,
    requirements=("URS-AUT-006", "URS-DEV-007"),
)
def test_the_reporter_does_not_close(steps, site, reading):
    """The closing is refused to the reporter, who holds the right role, and is open to another person of Quality."""
    made, author = {}, site.person("author")
    first = {"class": "minor", "lot_hold": False, "owner": "q.author"}
    if causes := (reading.fields("deviation").get("suspected_cause") or {}).get("choices"):
        first["suspected_cause"] = causes[-2]  # of its own: what repeats the cause of another one is investigated

    def fill(person, state, **given):
        known = person.fields(made["number"])
        fields = site.filling.values("deviation", state, **first, **given)
        return person.edit(made["number"], **{name: value for name, value in fields.items() if known.get(name) is None}).said

    @steps("Report a deviation as somebody of Quality", expected="triage")
    def _():
        made["number"] = site.make("deviation", "qa_approver", "triage", owner="q.author").number
        return site.walk(made["number"], "submit")

    @steps("Accept it for correction", expected="200, correcting")
    def _():
        return f"{fill(site.person('qa_ops'), 'correcting')}, {site.walk(made['number'], 'correct')}"

    @steps("Assess its impact and send it to Quality, as its owner", expected="200, qa_review")
    def _():
        said = fill(author, "qa_review", capa_needed=False)
        return f"{said}, {site.walk(made['number'], 'submit')}"

    @steps("Close it as the reporter", expected="refused: closer_is_not_reporter_owner_or_assignee; qa_review")
    def _():
        own = site.person("qa_approver")
        return f"{own.sign(made['number'], 'close').signed}; {own.state(made['number'])}"

    @steps("Close it as another person of Quality", expected="signed; closed")
    def _():
        other = site.person("qa_approver.2")
        return f"{other.sign(made['number'], 'close').signed}; {other.state(made['number'])}"

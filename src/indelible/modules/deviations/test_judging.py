"""OQ of deviations: a class is lowered with the word of Quality, what is serious is answered by a CAPA, and a wait hides no day."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

WHY = "The level never fell below its limit"
IMPACT = {f"{one}_impact": False for one in ("product", "patient", "data")} | {
    f"{one}_reason": "The temperature stayed within limits" for one in ("product", "patient", "data")
}
CAUSE = {
    "look_back": "No other case in 24 months", "method": "five whys", "cause": "The alarm was forwarded to nobody",
    "cause_code": "procedure", "whys": [{"why": "Why was it not seen?", "because": "Nobody was told", "evidence": "Log"}],
    "extent": "No other tank", "outside_notification": False,
}  # fmt: skip
OWN = "SELECT DISTINCT r.number FROM record r JOIN link l ON l.record_id = r.id WHERE r.type = 'action' AND l.target = ?"
NEEDS = (
    "deviation.draft.submit",
    "deviation.triage.investigate",
    "deviation:class",
    "deviation:owner",
    "deviation:category",
)


def yes(it):
    return "yes" if it else "no"


def day(site, days):
    return (site.now() + timedelta(days=days)).date().isoformat()


def category(site, at):
    """Give a declared category; a script takes one of its own, so that no trend of others holds back what it closes."""
    choices = next(one["choices"] for one in site.reading.types["deviation"]["fields"] if one["name"] == "category")
    return choices[at % len(choices)]


def judged(site, **given):
    """Let a reader report a deviation, and quality operations fill in what is asked at triage; gives its number."""
    number = site.make("deviation", "reader", "triage", reporter="q.reader").number
    site.walk(number, "submit")
    fields = site.filling.values(
        "deviation", "investigating",
        **{"category": category(site, 4), "owner": "q.author", "lot_hold": False, "quality_concerned": False,
           "department": site.department, "suspected_cause": "unknown", **given},
    )  # fmt: skip
    known = site.person("qa_ops").fields(number)
    site.person("qa_ops").edit(number, **{name: value for name, value in fields.items() if known.get(name) is None})
    return number


def investigated(site, **given):
    """Bring a deviation to its investigation; gives its number."""
    number = judged(site, **given)
    site.walk(number, "investigate")
    return number


@pytest.mark.needs(*NEEDS, "deviation.investigating.reclassify", "deviation:class_lowered")
@pytest.mark.script(
    "OQ-DEV-003",
    title="The class of a deviation is lowered only with the signature of a quality approver",
    negative=True,
    requirements=("URS-DEV-004",),
)
def test_a_class_is_lowered(steps, site):
    """Quality operations alone do not lower it: it has to be called lowered, and then a quality approver signs as well."""
    made, ops = {}, site.person("qa_ops")

    def signed(who, move="investigate"):
        return f"{site.person(who).sign(made['number'], move).signed}; {ops.state(made['number'])}"

    @steps("Bring a major deviation to its investigation", expected="investigating")
    def _():
        made["number"] = investigated(site, **{"class": "major"})
        return ops.state(made["number"])

    @steps("Send it back to triage and class it as minor", expected="triage; 200; minor")
    def _():
        state = site.walk(made["number"], "reclassify", reason=WHY, first=("qa_ops",))
        said = ops.edit(made["number"], **{"class": "minor", "class_reason": WHY}).said
        return f"{state}; {said}; {ops.fields(made['number'])['class']}"

    @steps(
        "Accept it so, for investigation and for correction",
        expected=", ".join(["refused: lowering_is_authorised; triage"] * 2),
    )
    def _():
        return ", ".join(signed("qa_ops", move) for move in ("investigate", "correct"))

    @steps("Say that it is lowered; quality operations sign", expected="200; signed; triage")
    def _():
        return f"{ops.edit(made['number'], class_lowered=True).said}; {signed('qa_ops')}"

    @steps("Quality operations sign once more, then management", expected=", ".join(["signed: no; triage"] * 2))
    def _():
        found = []
        for who in ("qa_ops.2", "executive"):
            one = site.person(who).sign(made["number"], "investigate").signed
            found.append(f"signed: {yes(one == 'signed')}; {ops.state(made['number'])}")
        return ", ".join(found)

    @steps("A quality approver signs", expected="signed; investigating")
    def _():
        return signed("qa_approver")


@pytest.mark.needs(
    *NEEDS, "deviation.investigating.submit", "deviation.qa_review.close", "capa.plan_approval.approve", "action"
)
@pytest.mark.script(
    "OQ-DEV-004",
    title="A critical deviation is not approved without a CAPA, nor a major one without a CAPA or a reason",
    negative=True,
    requirements=("URS-DEV-006",),
)
def test_what_is_serious_is_answered(steps, site, database):
    """A critical one says that a CAPA is needed and waits for its plan; a major one without CAPA gives a reason that says something."""
    made, owner, quality = {}, site.person("author"), site.person("qa_approver")

    def submitted(number, **said):
        owner.edit(number, **{**IMPACT, **CAUSE, **said})
        return f"{owner.sign(number, 'submit').signed}; {owner.state(number)}"

    def closed():
        return f"{quality.sign(made['number'], 'close').signed}; {quality.state(made['number'])}"

    @steps(
        "Bring a critical one to its investigation, and send it to Quality without a CAPA",
        expected="refused: critical_needs_capa; investigating",
    )
    def _():
        made["number"] = investigated(site, **{"class": "critical", "category": category(site, 5)})
        return submitted(made["number"], capa_needed=False, capa_reason="It happens with one tank only")

    @steps("Say that a CAPA is needed, and send it", expected="200; qa_review")
    def _():
        said = owner.edit(made["number"], capa_needed=True, capa_reason="It can happen with other tanks").said
        return f"{said}; {site.walk(made['number'], 'submit')}"

    @steps(
        "Do the actions that belong to it, and close it without a CAPA",
        expected="refused: needed_capa_plan_approved; qa_review",
    )
    def _():
        for row in database.rows(OWN, made["number"]):
            owner.edit(row["number"], done_on=day(site, -1), evidence="The first look, page 1")
            owner.act(row["number"], "done")
            site.walk(row["number"], "accept")
        return closed()

    @steps(
        "Begin a CAPA for it, and close it while the plan is a draft",
        expected="201; refused: needed_capa_plan_approved; qa_review",
    )
    def _():
        fields = site.filling.values(
            "capa", "plan_approval", title="Alarms reach somebody", sources=[made["number"]], owner="q.author",
            department=site.department, implement_by=day(site, 20), checker="q.system_owner", check_after_days="30", documents=None,
        )  # fmt: skip
        answer = owner.create("capa", **fields)
        made["capa"] = answer.number
        return f"{answer.said}; {closed()}"

    @steps("The plan is approved; close it", expected="implementing; signed; closed")
    def _():
        owner.create(
            "action", **site.filling.values("action", what="Forward the alarm", belongs_to=[made["capa"]], owner="q.author",
                                            assignee="q.author.2", due_on=day(site, 10), blocks_closing=True),
        )  # fmt: skip
        for move in ("submit", "approve"):
            state = site.walk(made["capa"], move)
        return f"{state}; {closed()}"

    @steps(
        "Send a major one without a CAPA, and with no reason that says something",
        expected="refused: critical_needs_capa; investigating",
    )
    def _():
        made["major"] = investigated(site, **{"class": "major", "category": category(site, 5)})
        return submitted(made["major"], capa_needed=False, capa_reason="n/a")

    @steps("Give the reason, and send it", expected="200; qa_review")
    def _():
        said = owner.edit(made["major"], capa_reason="One tank of its kind, and it is replaced").said
        return f"{said}; {site.walk(made['major'], 'submit')}"


@pytest.mark.needs(*NEEDS, "deviation:waits")
@pytest.mark.script(
    "OQ-DEV-005",
    title="A wait for somebody outside is shown with its days, while age and due date go on",
    negative=True,
    requirements=("URS-DEV-010",),
)
def test_a_wait(steps, site):
    """A wait for nobody, from tomorrow, or that ended before it began is refused; no wait moves the due date."""
    made, owner = {}, site.person("author")

    def waits(*rows):
        answer = owner.edit(made["number"], waits=list(rows))
        return "200" if answer.ok else f"refused: {answer.rule}"

    def due():
        return datetime.fromisoformat(owner.read(made["number"]).json["due_at"])

    def words():
        return owner.get(f"/r/{made['number']}").words

    @steps("Bring a deviation to its investigation; its page says nothing of a wait", expected="investigating; waits: no")
    def _():
        made["number"] = investigated(site, **{"class": "minor"})
        made["due"] = due()
        return f"{owner.state(made['number'])}; waits: {yes('Waits for' in words())}"

    @steps(
        "Let it wait for nobody, from a day to come, and to an end before its beginning",
        expected=", ".join(["refused: waits_say_for_whom"] * 3) + "; kept: no",
    )
    def _():
        found = [
            waits({"whom": "", "since": day(site, -1)}),
            waits({"whom": "Northwind", "since": day(site, 3)}),
            waits({"whom": "Northwind", "since": day(site, -2), "ended": day(site, -3)}),
        ]
        return f"{', '.join(found)}; kept: {yes(owner.fields(made['number']).get('waits'))}"

    @steps("Let somebody who does not own it say that it waits", expected="refused: authority")
    def _():
        answer = site.person("qa_approver").edit(made["number"], waits=[{"whom": "Northwind", "since": day(site, -1)}])
        return "200" if answer.ok else f"refused: {answer.rule}"

    @steps("Let it wait for a laboratory from today on", expected="200; due as before: yes; shown: yes")
    def _():
        said = waits({"whom": "Northwind Laboratory", "since": day(site, 0), "expected": day(site, 20)})
        return (
            f"{said}; due as before: {yes(due() == made['due'])}; shown: {yes('Waits for Northwind Laboratory' in words())}"
        )

    @steps("Look at it three days later", expected="its age and the days of waiting are shown: yes; due as before: yes")
    def _():
        site.advance("3d")
        shown = "3 d, of which 3 waiting for Northwind Laboratory" in words()
        return f"its age and the days of waiting are shown: {yes(shown)}; due as before: {yes(due() == made['due'])}"

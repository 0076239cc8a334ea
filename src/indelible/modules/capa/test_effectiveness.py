"""OQ of CAPA and actions: evidence and another's acceptance, a checker who did none of it, and an effect that could be seen."""

from __future__ import annotations

from datetime import timedelta

import pytest

NEEDS = (
    "capa.draft.submit",
    "capa.plan_approval.approve",
    "capa.verifying.verify",
    "capa.monitoring.effective",
    "action.open.done",
    "deviation",
)
END = "effective"


def yes(it):
    return "yes" if it else "no"


def day(site, days):
    return (site.now() + timedelta(days=days)).date().isoformat()


def action(site, parent, **given):
    """Let the author begin an action of a record, for a colleague to do; gives its number."""
    given = {"assignee": "q.author.2", "blocks_closing": True, **given}
    fields = site.filling.values(
        "action", what="Test both telephones", belongs_to=[parent], owner="q.author", due_on=day(site, 10), **given
    )  # fmt: skip
    return site.person("author").create("action", **fields).number


def planned(site, **given):
    """Let the author begin a CAPA with a plan; gives its number."""
    source = site.make("deviation", "reader", "triage", reporter="q.reader", title="Alarms are not seen").number
    site.walk(source, "submit", first=("reader",))
    fields = site.filling.values(
        "capa", title="Alarms reach somebody", sources=[source], problem="Alarms are not seen", cause="Forwarded to nobody",
        kind="corrective", owner="q.author", department=site.department, risk_before="medium", implement_by=day(site, 20),
        criterion="No alarm unseen for 5 minutes in 30 days", check_method="All alarms of the log",
        **{"checker": "q.system_owner", "check_after_days": "30", **given},
    )  # fmt: skip
    return site.person("author").create("capa", **fields).number


@pytest.mark.needs("action.open.done", "action.to_verify.accept", "deviation")
@pytest.mark.script(
    "OQ-CAP-031",
    title="An action is done with evidence, and accepted by somebody who did not do it",
    negative=True,
    requirements=("URS-CAP-007",),
)
def test_an_action(steps, site, database):
    """No day, no evidence, done by somebody else, accepted by its doer or owner: refused; another person accepts it."""
    made, doer = {}, site.person("author.2")

    def signed():
        return database.value(
            "SELECT count(*) AS n FROM signature s JOIN record r ON r.id = s.record_id WHERE r.number = ?", made["number"]
        )

    def accepted(who):
        answer = site.person(who).sign(made["number"], "accept")
        return f"signed: {yes(answer.signed == 'signed')}; {doer.state(made['number'])}; signatures: {signed()}"

    def done(by=None):
        answer = (by or doer).act(made["number"], "done")
        return f"done: {yes(answer.ok)}; {doer.state(made['number'])}"

    @steps("An action is given to a colleague, who calls it done with nothing said", expected="done: no; open")
    def _():
        source = site.make("deviation", "reader", "triage", reporter="q.reader").number
        site.walk(source, "submit", first=("reader",))
        made["number"] = action(site, source)
        return done()

    @steps("With its day, and without evidence", expected="done: no; open")
    def _():
        doer.edit(made["number"], done_on=day(site, -1))
        return done()

    @steps("With evidence, by somebody else than whom it was given to", given="a reader", expected="done: no; open")
    def _():
        doer.edit(made["number"], evidence="Test call of today, 14:03")
        return done(site.person("reader"))

    @steps("With evidence, by whom it was given to", expected="done: yes; to_verify")
    def _():
        return done()

    @steps("Accept it as whoever did it", expected="signed: no; to_verify; signatures: 0")
    def _():
        return accepted("author.2")

    @steps("Accept it as a reader", expected="signed: no; to_verify; signatures: 0")
    def _():
        return accepted("reader")

    @steps("Accept it as quality operations", expected="signed: yes; closed; signatures: 1")
    def _():
        return accepted("qa_ops")


@pytest.mark.needs("action.to_verify.accept", "deviation", "role:qa_ops")
@pytest.mark.script(
    "OQ-CAP-033",
    title="Who does an action does not accept it, also where the role would allow it",
    negative=True,
    requirements=("URS-CAP-007",),
)
def test_an_action_of_quality_operations(steps, site):
    """Somebody of quality operations did it: only another one of them accepts it."""
    made, doer = {}, site.person("qa_ops")

    @steps("An action is given to quality operations, and done with evidence", expected="to_verify")
    def _():
        source = site.make("deviation", "reader", "triage", reporter="q.reader").number
        site.walk(source, "submit", first=("reader",))
        made["number"] = action(site, source, assignee="q.qa_ops")
        doer.edit(made["number"], done_on=day(site, -1), evidence="Test call of today, 14:03")
        return doer.act(made["number"], "done").state

    @steps("Accept it as whoever did it", expected="refused: verifier_is_not_doer; to_verify")
    def _():
        return f"{doer.sign(made['number'], 'accept').signed}; {doer.state(made['number'])}"

    @steps("Accept it as another one of quality operations", expected="signed; closed")
    def _():
        return f"{site.person('qa_ops.2').sign(made['number'], 'accept').signed}; {doer.state(made['number'])}"


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-CAP-032",
    title="A CAPA is called effective by a checker who did none of it, when result and time allow it",
    negative=True,
    requirements=("URS-CAP-002", "URS-CAP-003"),
)
def test_effectiveness(steps, site):
    """A checker who owns it or does an action is refused; so is an effect that misses the criterion, and one that is judged too early."""
    made, checker = {}, site.person("system_owner")

    def judged(who="system_owner", **said):
        if said:
            checker.edit(made["number"], **said)
        answer = site.person(who).sign(made["number"], END)
        return f"{answer.signed}; {checker.state(made['number'])}"

    @steps("Plan a CAPA whose owner checks it, and send it", expected="refused: criterion_and_checker_set; draft")
    def _():
        number = planned(site, checker="q.author")
        action(site, number)
        return f"{site.person('author').sign(number, 'submit').signed}; {site.person('author').state(number)}"

    @steps(
        "Plan a CAPA whose checker does one of its actions, and send it",
        expected="refused: criterion_and_checker_set; draft",
    )
    def _():
        number = planned(site, checker="q.author.2")
        action(site, number)
        return f"{site.person('author').sign(number, 'submit').signed}; {site.person('author').state(number)}"

    @steps("Plan one that somebody else checks, carry it out and verify it", expected="monitoring")
    def _():
        made["number"] = planned(site)
        task, doer = action(site, made["number"]), site.person("author.2")
        site.walk(made["number"], "submit")
        site.walk(made["number"], "approve")
        doer.edit(task, done_on=day(site, -1), evidence="Two calls, 14:03 and 14:05")
        doer.act(task, "done")
        site.walk(task, "accept")
        site.person("author").edit(made["number"], done="The alarm goes to two telephones")
        site.walk(made["number"], "complete")
        return site.walk(made["number"], "verify")

    @steps("Call it effective as its owner, and as who did the action", expected="signed: no, no; monitoring")
    def _():
        checker.edit(made["number"], result="No alarm unseen", criterion_met=True)
        answers = [site.person(one).sign(made["number"], END).signed for one in ("author", "author.2")]
        return f"signed: {', '.join(yes(one == 'signed') for one in answers)}; {checker.state(made['number'])}"

    @steps("Call it effective as its checker, before its time", expected="refused: effect_could_be_seen; monitoring")
    def _():
        return judged()

    @steps("Call it effective although the result misses the criterion", expected="refused: criterion_is_met; monitoring")
    def _():
        return judged(result="One alarm was unseen for an hour", criterion_met=False)

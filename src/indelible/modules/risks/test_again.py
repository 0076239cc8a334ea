"""OQ of accepted risks: they come up for review by their period, and when something serious concerns the same object."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import pytest

PATIENCE = 60  # seconds for what the system does by itself
TASKS = (
    """SELECT t.from_at, r.due_at FROM task t JOIN record r ON r.id = t.record_id WHERE r.number = ? AND t.move = 'review'"""
)


def yes(it):
    return "yes" if it else "no"


def moment(value):
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))


def computed(site, number):
    """Wait until the system has written class and priority."""
    until = time.monotonic() + PATIENCE
    while not site.person("author").fields(number).get("risk_class") and time.monotonic() < until:
        time.sleep(0.5)


def accepted(site, thing):
    """Let a low risk of an object be written, reviewed and accepted; gives its number."""
    values = site.filling.values(
        "risk", title="A tank runs dry", object_kind="process", object=[thing], failure="The level is not noticed",
        cause="The alarm is forwarded to nobody", effect="Cells thaw", control="A log by hand", owner="q.author",
        department=site.department, grades_because="Two cases in three years; no data on leaks", treatment="accept",
        severity="low", probability="low", detectability="high",
    )  # fmt: skip
    number = site.person("author").create("risk", **values).number
    computed(site, number)
    site.walk(number, "submit")
    site.person("author").edit(number, accepted_because="It is rare and would be noticed")
    site.walk(number, "accept")
    return number


def category(site, at):
    """Give a declared category; a script takes one of its own, so that no trend of others holds back what it closes."""
    choices = next(one["choices"] for one in site.reading.types["deviation"]["fields"] if one["name"] == "category")
    return choices[at % len(choices)]


def investigated(site, thing, of):
    """Let a deviation of a class that concerns an object be accepted for investigation; gives its number."""
    number = site.make("deviation", "reader", "triage", reporter="q.reader").number
    site.walk(number, "submit")
    fields = site.filling.values(
        "deviation", "investigating", category=category(site, 8), owner="q.author", lot_hold=False, quality_concerned=False,
        department=site.department, suspected_cause="unknown", affected_records=[thing], **{"class": of},
    )  # fmt: skip
    known = site.person("qa_ops").fields(number)
    site.person("qa_ops").edit(number, **{name: value for name, value in fields.items() if known.get(name) is None})
    site.walk(number, "investigate")
    return number


@pytest.mark.needs("risk.in_review.accept", "risk.accepted.review", "risk.accepted.ask_again", "risk.asked_again.review", "risk:object",
                   "deviation.triage.investigate", "deviation:affected_records", "product")  # fmt: skip
@pytest.mark.script(
    "OQ-RSK-001",
    title="An accepted risk comes up by its period, and when something serious concerns its object",
    negative=True,
    requirements=("URS-RSK-004",),
)
def test_it_is_asked_again(steps, site, database, reading):
    """What is minor, or of another object, asks for nothing; what is major and of the same object does, until owner and Quality have looked."""
    made, ops = {}, site.person("qa_ops")
    declared = reading.states("risk")["accepted"]["due"]
    months, ahead = declared.get("months_by", {}).get("low", declared["months"]), declared.get("ahead_days", 0)

    def settled():
        time.sleep(5)
        return ops.state(made["risk"])

    @steps(
        "Let a low risk of an object be accepted",
        expected=f"accepted; due after {months} months: yes; its review begins {ahead} days before: yes",
    )
    def _():
        made["object"] = site.make("product", "", name="Product of a risk").number
        made["other"] = site.make("product", "", name="Product of no risk").number
        made["risk"] = accepted(site, made["object"])
        rows, today = database.rows(TASKS, made["risk"]), site.now()
        apart = [(moment(one["due_at"]) - timedelta(hours=12)) for one in rows]
        right = apart and all((one.year - today.year) * 12 + one.month - today.month == months for one in apart)
        early = [(moment(one["due_at"]).date() - moment(one["from_at"]).date()).days for one in rows]
        return (
            f"{ops.state(made['risk'])}; due after {months} months: {yes(right)}; "
            f"its review begins {ahead} days before: {yes(early and all(abs(one - ahead) <= 1 for one in early))}"
        )

    @steps("Investigate a major deviation of another object", expected="accepted")
    def _():
        investigated(site, made["other"], "major")
        return settled()

    @steps("Investigate a minor deviation of its object", expected="accepted")
    def _():
        investigated(site, made["object"], "minor")
        return settled()

    @steps("Investigate a major deviation of its object", expected="asked_again; why is in its trail: yes")
    def _():
        number = investigated(site, made["object"], "major")
        state = site.until(made["risk"], "asked_again", "qa_ops", PATIENCE)
        return f"{state}; why is in its trail: {yes(number in ops.history(made['risk']).text)}"

    @steps("Its owner says that it stays as it is", expected="signed; asked_again")
    def _():
        signed = site.person("author").sign(made["risk"], "review", "The new case was noticed at once").signed
        return f"{signed}; {ops.state(made['risk'])}"

    @steps("Management signs in place of quality operations", expected="refused: signer_authority; asked_again")
    def _():
        signed = site.person("executive").sign(made["risk"], "review", "The new case was noticed at once").signed
        return f"{signed}; {ops.state(made['risk'])}"

    @steps("Quality operations sign", expected="signed; accepted")
    def _():
        signed = ops.sign(made["risk"], "review", "The new case was noticed at once").signed
        return f"{signed}; {ops.state(made['risk'])}"

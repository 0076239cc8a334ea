"""OQ of actions: due in the time of the record to which they belong, and kept as they were agreed."""

from __future__ import annotations

from datetime import timedelta

import pytest

BELONGING = "SELECT count(DISTINCT r.id) AS n FROM record r JOIN link l ON l.record_id = r.id WHERE r.type = 'action' AND l.target = ?"


def yes(it):
    return "yes" if it else "no"


def refused(answer):
    return "done" if answer.ok else f"refused: {answer.rule}"


@pytest.mark.needs("action.open.done", "action:belongs_to", "capa:implement_by", "deviation.draft.void")
@pytest.mark.script(
    "OQ-CAP-003",
    title="An action is due within the time of its record, and work, record and date stay as agreed",
    negative=True,
    requirements=("URS-CAP-008",),
)
def test_what_was_agreed_stays(steps, site, database):
    """No action is due after its record or added to one that has ended; neither who does it nor who owns it changes what was agreed."""
    made, author, doer = {}, site.person("author"), site.person("author.2")
    days = 20

    def day(after):
        return (site.now() + timedelta(days=after)).date().isoformat()

    def begun(parent, after):
        fields = site.filling.values(
            "action", what="Forward the alarm to two people", belongs_to=[parent], owner="q.author", assignee="q.author.2",
            due_on=day(after), blocks_closing=True,
        )  # fmt: skip
        return author.create("action", **fields)

    def kept(who, **fields):
        before = author.fields(made["task"])
        found = ", ".join(who.edit(made["task"], **{name: value}).rule or "done" for name, value in fields.items())
        return f"{found}; as before: {yes(author.fields(made['task']) == before)}"

    @steps(
        f"Add an action to a CAPA that is carried out within {days} days, for two days later",
        expected="refused: not_after_its_parent; actions: 0",
    )
    def _():
        source = site.make("deviation", "author", "triage", owner="q.author").number
        made["other"] = site.make("capa", "author", owner="q.author", sources=[source]).number
        made["capa"] = site.make("capa", "author", owner="q.author", sources=[source], implement_by=day(days)).number
        answer = begun(made["capa"], days + 2)
        return f"{refused(answer)}; actions: {database.value(BELONGING, made['capa'])}"

    @steps("Add it for a day before that one", expected="201; actions: 1")
    def _():
        answer = begun(made["capa"], days - 10)
        made["task"] = answer.number
        return f"{answer.said}; actions: {database.value(BELONGING, made['capa'])}"

    @steps(
        "Who does it changes work, record, date and whether it blocks",
        expected=", ".join(["terms_stay_as_agreed"] * 4) + "; as before: yes",
    )
    def _():
        return kept(doer, what="Less", belongs_to=[made["other"]], due_on=day(days - 5), blocks_closing=False)

    @steps(
        "The owner changes work, record and date",
        expected=", ".join(["terms_stay_as_agreed"] * 3) + "; as before: yes",
    )
    def _():
        return kept(author, what="Less", belongs_to=[made["other"]], due_on=day(days - 5))

    @steps("Who does it hands it to somebody else", expected="terms_stay_as_agreed; as before: yes")
    def _():
        return kept(doer, assignee="q.author")

    @steps("Who does it says what was done", expected="200; 200; to_verify")
    def _():
        said = doer.edit(made["task"], done_on=day(-1), evidence="Two calls, 14:03 and 14:05").said
        return f"{said}; {doer.act(made['task'], 'done').said}; {doer.state(made['task'])}"

    @steps("Add an action to a record that has ended", expected="void; refused: its_parent_is_open; actions: 0")
    def _():
        ended = site.make("deviation", "author", "triage", owner="q.author").number
        state = site.walk(ended, "void")
        return f"{state}; {refused(begun(ended, 1))}; actions: {database.value(BELONGING, ended)}"

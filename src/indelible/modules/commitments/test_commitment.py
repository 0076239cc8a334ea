"""OQ of commitments: compared with their letter, kept with evidence, closed by others, and moved only with the word of whom they were given."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

import pytest

WHY = "The agency agreed in its letter"
SATURDAY = 5
LETTERS = itertools.count(1)
ENTERED = ("commitment.draft.enter", "commitment.open.fulfil")


def day(site, days):
    return site.now().date() + timedelta(days=days)


def workday(site, reading, days):
    """Give a day on which the company works, so many days from now or the next one."""
    found = day(site, days)
    while found.weekday() >= SATURDAY or found.isoformat() in {str(one) for one in reading.policies.get("holidays") or []}:
        found += timedelta(days=1)
    return found.isoformat()


def letter(site, who="author"):
    """Let somebody bring a letter that nobody has seen before; gives its hash."""
    content = f"Letter {next(LETTERS)} of {site.now()}"
    return str(site.person(who).upload("letter.txt", content.encode()).json.get("sha256", ""))


def drafted(site, reading, who="author", **given):
    """Write down a promise with its letter; gives its number."""
    fields = {
        "promise": "A protocol of stability is sent", "to_kind": "authority", "to_name": "The agency", "owner": "q.author",
        "promised_on": day(site, -3).isoformat(), "due_on": workday(site, reading, 30), "department": site.department,
        "letter": [letter(site, who)],
    }  # fmt: skip
    return site.person(who).create("commitment", **site.filling.values("commitment", **{**fields, **given})).number


def entered(site, reading, **given):
    """Write down a promise and let quality operations compare it with its letter; gives its number."""
    number = drafted(site, reading, **given)
    site.person("qa_ops").sign(number, "enter")
    return number


def due(site, number):
    return datetime.fromisoformat(site.person("qa_approver").read(number).json["due_at"])


def moved(site, number, before):
    """Give by how many days a record is due later than before."""
    return round((due(site, number) - before).total_seconds() / 86400)


@pytest.mark.needs(*ENTERED)
@pytest.mark.script(
    "OQ-AUD-001",
    title="A second person compares a commitment with its letter, and its promise and day are fixed",
    negative=True,
    requirements=("URS-AUD-007",),
)
def test_it_says_what_the_letter_says(steps, site, reading):
    """Who wrote it, and who is not of Quality, compares nothing; a day that cannot be one is refused; afterwards neither words nor day change."""
    made, author, ops = {}, site.person("author"), site.person("qa_ops")

    def compared(who):
        return f"{site.person(who).sign(made['number'], 'enter').signed}; {author.state(made['number'])}"

    def held(**fields):
        return ", ".join(author.edit(made["number"], **{name: value}).rule or "done" for name, value in fields.items())

    @steps("Somebody of Quality writes one down and compares it", expected="refused: approver_is_not_author; draft")
    def _():
        made["number"] = drafted(site, reading, "qa_ops")
        return compared("qa_ops")

    @steps(
        "An author writes one down, due on a Saturday; the author compares it", expected="refused: signer_authority; draft"
    )
    def _():
        at = day(site, 20)
        while at.weekday() != SATURDAY:
            at += timedelta(days=1)
        made["number"] = drafted(site, reading, due_on=at.isoformat())
        return compared("author")

    @steps("Quality operations compare it", expected="refused: day_is_a_business_day; draft")
    def _():
        return compared("qa_ops")

    @steps("It is due before the day of its letter", expected="200; refused: day_follows_the_promise; draft")
    def _():
        said = author.edit(made["number"], due_on=workday(site, reading, -20), promised_on=day(site, -3).isoformat()).said
        return f"{said}; {compared('qa_ops')}"

    @steps("It has its right day and no letter", expected="200; refused: required_fields; draft")
    def _():
        said = author.edit(made["number"], due_on=workday(site, reading, 30), letter=None).said
        return f"{said}; {compared('qa_ops')}"

    @steps("With its letter quality operations compare it", expected="200; signed; open")
    def _():
        said = author.edit(made["number"], letter=[letter(site)]).said
        return f"{said}; {compared('qa_ops')}"

    @steps(
        "Its owner changes promise, day and letter",
        expected="fields_frozen, fields_frozen, fields_frozen; as before: yes",
    )
    def _():
        before = author.fields(made["number"])
        found = held(promise="Less", due_on=workday(site, reading, 60), letter=[letter(site)])
        return f"{found}; as before: {'yes' if author.fields(made['number']) == before else 'no'}"

    @steps("Quality operations change the day", expected="refused: fields_frozen")
    def _():
        answer = ops.edit(made["number"], due_on=workday(site, reading, 60))
        return "done" if answer.ok else f"refused: {answer.rule}"


@pytest.mark.needs(*ENTERED, "commitment.to_close.close", "action.open.done", "action.to_verify.accept")
@pytest.mark.script(
    "OQ-AUD-002",
    title="A commitment is closed with its evidence, after what keeps it has ended, and not by its owner",
    negative=True,
    requirements=("URS-AUD-008",),
)
def test_it_is_kept(steps, site, reading):
    """No evidence, an action that goes on or one that was cancelled keeps no promise; who owned it does not close it."""
    made, owner = {}, site.person("qa_approver")

    def kept(**said):
        if said:
            owner.edit(made["number"], **said)
        return f"{owner.sign(made['number'], 'fulfil').signed}; {owner.state(made['number'])}"

    def action(what):
        fields = site.filling.values(
            "action", what=what, belongs_to=[made["parent"]], owner="q.author", assignee="q.author.2",
            due_on=day(site, 10).isoformat(), blocks_closing=False,
        )  # fmt: skip
        return site.person("author").create("action", **fields).number

    @steps("Say how it was kept, with no evidence", expected="refused: commitment_has_its_evidence; open")
    def _():
        made["number"] = entered(site, reading, owner="q.qa_approver")
        return kept(done="The protocol was sent")

    @steps("Name an action that goes on as what keeps it", expected="refused: what_keeps_it_has_ended; open")
    def _():
        made["parent"] = site.make("deviation", "author", "triage", owner="q.author").number
        made["task"] = action("Write the protocol")
        return kept(done_by=[made["task"]])

    @steps("Name one that was cancelled, with a file as evidence", expected="refused: what_keeps_it_has_ended; open")
    def _():
        other = action("Write another one")
        site.walk(other, "cancel", reason="It is not needed")
        return kept(done_by=[other], evidence=[letter(site, "qa_approver")])

    @steps("Somebody else says that it is kept", expected="refused: signer_authority; open")
    def _():
        return f"{site.person('author').sign(made['number'], 'fulfil').signed}; {owner.state(made['number'])}"

    @steps("The action is done and accepted, and its owner says that it is kept", expected="closed; signed; to_close")
    def _():
        doer = site.person("author.2")
        doer.edit(made["task"], done_on=day(site, -1).isoformat(), evidence="The protocol, page 1 to 9")
        doer.act(made["task"], "done")
        state = site.walk(made["task"], "accept")
        return f"{state}; {kept(done_by=[made['task']])}"

    @steps("Its owner closes it", expected="refused: closer_is_not_reporter_owner_or_assignee; to_close")
    def _():
        return f"{owner.sign(made['number'], 'close').signed}; {owner.state(made['number'])}"

    @steps("Quality operations close it", expected="refused: signer_authority; to_close")
    def _():
        return f"{site.person('qa_ops').sign(made['number'], 'close').signed}; {owner.state(made['number'])}"

    @steps("Another quality approver closes it", expected="signed; closed")
    def _():
        return f"{site.person('qa_approver.2').sign(made['number'], 'close').signed}; {owner.state(made['number'])}"


@pytest.mark.needs(*ENTERED, "commitment.open.move_day", "commitment.open.cancel", "commitment:agreement")
@pytest.mark.script(
    "OQ-AUD-003",
    title="The day of a promise is moved or ended only with a filed agreement, once for each letter",
    negative=True,
    requirements=("URS-AUD-009",),
)
def test_another_day(steps, site, reading):
    """Without a letter, with one that is older than the promise, or with one that was used already, the day stays; the owner does not decide."""
    made, author, quality = {}, site.person("author"), site.person("qa_approver")

    def asks(**said):
        return author.edit(made["number"], **said).said

    def decided(move, who="qa_approver"):
        signed = site.person(who).sign(made["number"], move, WHY).signed
        return f"{signed}; {quality.state(made['number'])}, {moved(site, made['number'], made['due'])} days later"

    def later(days):
        return workday(site, reading, days)

    def apart(first, second):
        return (datetime.fromisoformat(second) - datetime.fromisoformat(first)).days

    @steps(
        "Ask for a later day with no agreement on file",
        expected="200; refused: their_agreement_is_filed; open, 0 days later",
    )
    def _():
        made["on"] = later(30)
        made["number"] = entered(site, reading, due_on=made["on"])
        made["due"] = due(site, made["number"])
        made["to"] = later(60)
        return f"{asks(extend_to=made['to'], interim_state='Half of the data is there')}; {decided('move_day')}"

    @steps(
        "File a letter that is older than the promise", expected="200; refused: their_agreement_is_filed; open, 0 days later"
    )
    def _():
        return f"{asks(agreement=[letter(site)], agreed_on=day(site, -30).isoformat())}; {decided('move_day')}"

    @steps("File one that agrees; the owner moves the day", expected="200; refused: signer_authority; open, 0 days later")
    def _():
        return f"{asks(agreed_on=day(site, -1).isoformat())}; {decided('move_day', 'author')}"

    @steps(
        "A quality approver moves it",
        expected="signed; open; as many days later as the letter says: yes; the first day is kept: yes",
    )
    def _():
        signed = quality.sign(made["number"], "move_day", WHY).signed
        right = moved(site, made["number"], made["due"]) == apart(made["on"], made["to"])
        kept = made["on"] in quality.get(f"/r/{made['number']}").words
        made["due"] = due(site, made["number"])
        return (
            f"{signed}; {quality.state(made['number'])}; as many days later as the letter says: {'yes' if right else 'no'}; "
            f"the first day is kept: {'yes' if kept and author.fields(made['number'])['due_on'] == made['on'] else 'no'}"
        )

    @steps("Move it again with the same letter", expected="200; refused: their_agreement_is_filed; open, 0 days later")
    def _():
        return f"{asks(extend_to=later(90))}; {decided('move_day')}"

    @steps("End the promise with the same letter", expected="refused: their_agreement_is_filed; open, 0 days later")
    def _():
        return decided("cancel")

    @steps("End it with another letter", expected="200; signed; cancelled")
    def _():
        said = asks(agreement=[letter(site)])
        return f"{said}; {quality.sign(made['number'], 'cancel', WHY).signed}; {quality.state(made['number'])}"

    @steps(
        "The owner of another one, who is of Quality, moves its day", expected="refused: owner_does_not_decide_on_it; open"
    )
    def _():
        number = entered(site, reading, owner="q.qa_approver")
        quality.edit(
            number,
            extend_to=later(60),
            interim_state="Half of it",
            agreement=[letter(site, "qa_approver")],
            agreed_on=day(site, -1).isoformat(),
        )
        return f"{quality.sign(number, 'move_day', WHY).signed}; {quality.state(number)}"

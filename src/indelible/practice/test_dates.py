"""OQ of dates: due as declared, extended only as asked for in time; and exceptions of a trail, which Quality explains before it approves."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

WHY = "The report of the supplier is awaited"
WEEKEND = 5
REVIEWED = (
    "deviation.triage.investigate",
    "deviation.investigating.submit",
    "deviation.qa_review.close",
    "deviation.qa_review.return",
)


def yes(it):
    return "yes" if it else "no"


def refused(answer):
    return "done" if answer.ok else f"refused: {answer.rule}"


def local(at, reading):
    """Give the day of a moment where the company is."""
    found = at if isinstance(at, datetime) else datetime.fromisoformat(str(at))
    return found.astimezone(ZoneInfo(reading.company.get("zone", "UTC"))).date()


def expected_day(day, declared, reading):
    """Give the day on which something is due that is counted from another, as its declaration says: worked out here."""
    if declared.get("calendar") != "business":
        return day + timedelta(days=declared["days"])
    left, holidays = declared["days"], {str(one) for one in reading.policies.get("holidays") or []}
    while left > 0:
        day += timedelta(days=1)
        left -= day.weekday() < WEEKEND and day.isoformat() not in holidays
    return day


def due(site, number):
    return datetime.fromisoformat(site.person("qa_approver").read(number).json["due_at"])


def moved(site, number, before):
    """Give by how many days a record is due later than before."""
    return round((due(site, number) - before).total_seconds() / 86400)


def category(site, at):
    """Give a declared category; a script takes one of its own, so that no trend of others holds back what it closes."""
    choices = next(one["choices"] for one in site.reading.types["deviation"]["fields"] if one["name"] == "category")
    return choices[at % len(choices)]


def judged(site, at, **given):
    """Let a reader report a deviation, and quality operations judge it; gives its number."""
    number = site.make("deviation", "reader", "triage", reporter="q.reader", **given).number
    site.walk(number, "submit")
    fields = site.filling.values(
        "deviation", "investigating", category=category(site, at), owner="q.author", lot_hold=False, quality_concerned=False,
        department=site.department, suspected_cause="unknown", **{"class": "minor"},
    )  # fmt: skip
    known = site.person("qa_ops").fields(number)
    site.person("qa_ops").edit(number, **{name: value for name, value in fields.items() if known.get(name) is None})
    return number


def reviewed(site):
    """Bring a minor deviation to Quality; gives its number."""
    number, owner = judged(site, 6, affected_records=[site.make("product", "").number]), site.person("author")
    site.walk(number, "investigate")
    known = owner.fields(number)
    fields = site.filling.values(
        "deviation", "qa_review", capa_needed=False, capa_reason="One delivery, and it was sent back", owner="q.author",
        look_back="No other case in 24 months", method="other", cause="A label was torn", cause_code="human slip",
        product_reason="Nothing was used", patient_reason="Nothing was used", data_reason="The log is complete",
    )  # fmt: skip
    owner.edit(number, **{name: value for name, value in fields.items() if known.get(name) is None})
    site.walk(number, "submit")
    return number


@pytest.mark.needs("deviation.triage.investigate", "deviation:discovered_at", "document.in_review.agree")
@pytest.mark.script(
    "OQ-REC-024",
    title="A due date follows from its declaration, and its first value stays visible when it is moved",
    negative=True,
    requirements=("URS-REC-012",),
)
def test_due_dates(steps, site, reading):
    """Business days and calendar days are worked out apart from the product; nobody types a due date, and a moved one shows the first."""
    made, author, ops = {}, site.person("author"), site.person("qa_ops")
    triage, investigating, review = (
        reading.states(kind)[state]["due"]
        for kind, state in (("deviation", "triage"), ("deviation", "investigating"), ("document", "in_review"))
    )

    def right(number, since, declared):
        return yes(local(due(site, number), reading) == expected_day(local(since, reading), declared, reading))

    def shown():
        return yes(f"It was first due {made['first']}" in ops.get(f"/r/{made['number']}").words)

    @steps(
        "Report a deviation and bring it to its investigation",
        given=f"{triage['days']} {triage.get('calendar', 'calendar')} days; {investigating['days']} days since its discovery",
        expected="due as declared at triage: yes; in investigation: yes",
    )
    def _():
        found = written = (site.now() - timedelta(minutes=10)).isoformat(timespec="seconds")
        number = judged(site, 4, occurred_at=written, discovered_at=found)
        first = right(number, site.now(), triage)
        site.walk(number, "investigate")
        return f"due as declared at triage: {first}; in investigation: {right(number, found, investigating)}"

    @steps(
        "Send a document for review",
        given=f"{review['days']} {review.get('calendar', 'calendar')} days",
        expected="in_review; due as declared: yes; a first date is shown: no",
    )
    def _():
        made["number"] = site.make("document", "author", "in_approval", title="Due in some days").number
        state = site.walk(made["number"], "submit")
        made["due"] = due(site, made["number"])
        made["first"] = local(made["due"], reading).isoformat()
        return f"{state}; due as declared: {right(made['number'], site.now(), review)}; a first date is shown: {shown()}"

    @steps("Type another due date into the record", expected="done: no; 0 days later")
    def _():
        answer = author.edit(made["number"], due_at="2099-01-05T00:00:00+00:00")
        return f"done: {yes(answer.ok)}; {moved(site, made['number'], made['due'])} days later"

    @steps("Its author extends it", expected="refused: authority; 0 days later")
    def _():
        answer = author.act(made["number"], "extend", days=7, reason=WHY)
        return f"{refused(answer)}; {moved(site, made['number'], made['due'])} days later"

    @steps(
        "Quality operations extend it by 0 days, and with no reason",
        expected="refused: input, refused: reason_given; 0 days later",
    )
    def _():
        tried = ops.act(made["number"], "extend", days=0, reason=WHY), ops.act(made["number"], "extend", days=7)
        return f"{', '.join(refused(one) for one in tried)}; {moved(site, made['number'], made['due'])} days later"

    @steps("They extend it by 7 days with a reason", expected="done; 7 days later; the first date is shown: yes")
    def _():
        answer = ops.act(made["number"], "extend", days=7, reason=WHY)
        return (
            f"{refused(answer)}; {moved(site, made['number'], made['due'])} days later; the first date is shown: {shown()}"
        )

    @steps("They extend it by 5 days more", expected="done; 12 days later; the first date is shown: yes")
    def _():
        answer = ops.act(made["number"], "extend", days=5, reason=WHY)
        return (
            f"{refused(answer)}; {moved(site, made['number'], made['due'])} days later; the first date is shown: {shown()}"
        )


@pytest.mark.needs(
    "capa.implementing.grant_extension", "capa:extend_to", "capa:interim_state", "action.open.grant_extension"
)
@pytest.mark.script(
    "OQ-REC-025",
    title="An extension is refused without a later day and the interim state, asked for before the due date",
    negative=True,
    requirements=("URS-REC-013",),
)
def test_extensions(steps, site):
    """What lacks one of both, names an earlier day or comes too late moves nothing; nor does the owner, nor a third one without management."""
    made, author = {}, site.person("author")

    def day(days):
        return (site.now() + timedelta(days=days)).date().isoformat()

    def granted(who="qa_approver", **asked):
        said = f"{author.edit(made['number'], **asked).said}; " if asked else ""
        signed = site.person(who).sign(made["number"], "grant_extension", WHY).signed
        later = moved(site, made["number"], made["due"])
        made["due"] = due(site, made["number"])
        return f"{said}{signed}; {later} days later"

    @steps(
        "Bring a CAPA that is due in 10 days into its execution, and extend it unasked",
        expected="implementing; refused: extension_is_asked; 0 days later",
    )
    def _():
        source = site.make("deviation", "author", "triage", owner="q.author").number
        fields = site.filling.values(
            "capa", "plan_approval", title="Labels that hold", sources=[source], owner="q.author", department=site.department,
            implement_by=day(10), checker="q.system_owner", check_after_days="30", documents=None,
        )  # fmt: skip
        made["number"] = author.create("capa", **fields).number
        made["task"] = author.create(
            "action", **site.filling.values("action", what="Order other labels", belongs_to=[made["number"]], owner="q.author",
                                            assignee="q.author.2", due_on=day(8), blocks_closing=True),
        ).number  # fmt: skip
        for move in ("submit", "approve"):
            state = site.walk(made["number"], move)
        made["due"] = due(site, made["number"])
        return f"{state}; {granted()}"

    @steps("Ask for a later day, with no interim state", expected="200; refused: extension_is_asked; 0 days later")
    def _():
        return granted(extend_to=day(12))

    @steps("Give the interim state, with no day", expected="200; refused: extension_is_asked; 0 days later")
    def _():
        return granted(extend_to=None, interim_state="They are ordered")

    @steps("Ask for a day before the due one", expected="200; refused: extension_is_asked; 0 days later")
    def _():
        return granted(extend_to=day(9))

    @steps("Ask for two days; its owner grants them", expected="200; refused: signer_authority; 0 days later")
    def _():
        return granted("author", extend_to=day(12))

    @steps("Quality grants them", expected="signed; 2 days later")
    def _():
        return granted()

    @steps("Ask for the same day once more", expected="refused: extension_is_asked; 0 days later")
    def _():
        return granted()

    @steps(
        "Ask for a day more, and for another one after that",
        expected="200; signed; 1 days later, 200; refused: extended_less_than_twice; 0 days later",
    )
    def _():
        return f"{granted(extend_to=day(13))}, {granted(extend_to=day(14))}"

    @steps("Quality grants the third one without management, as one that management signs", expected="signed; 0 days later")
    def _():
        signed = site.person("qa_approver").sign(made["number"], "grant_further_extension", WHY).signed
        return f"{signed}; {moved(site, made['number'], made['due'])} days later"

    @steps("Management signs it", expected="signed; 1 days later")
    def _():
        signed = site.person("executive").sign(made["number"], "grant_further_extension", WHY).signed
        later = moved(site, made["number"], made["due"])
        made["due"] = due(site, made["number"])
        return f"{signed}; {later} days later"

    @steps("Extend its action beyond it, in the name of its owner", expected="200; refused: extension_within_its_parent")
    def _():
        said = site.person("author.2").edit(made["task"], extend_to=day(20), interim_state="They are ordered").said
        return f"{said}; {site.person('qa_ops').sign(made['task'], 'grant_extension_for_quality', WHY).signed}"

    @steps(
        "Ask for one day for the action; its owner grants it without Quality", expected="200; refused: its_parent_is_minor"
    )
    def _():
        said = site.person("author.2").edit(made["task"], extend_to=day(9)).said
        return f"{said}; {refused(author.act(made['task'], 'grant_extension', reason=WHY))}"

    @steps(
        "Let the due day of the CAPA pass, and ask for a later one",
        given="16 days",
        expected="200; refused: extension_is_asked; 0 days later",
    )
    def _():
        site.advance("16d")
        return granted(extend_to=day(5))


@pytest.mark.needs(*REVIEWED, "deviation:trail_exceptions")
@pytest.mark.script(
    "OQ-REC-026",
    title="Exceptions in the trail of a record are explained before Quality approves it",
    negative=True,
    requirements=("URS-REC-014",),
)
def test_exceptions_of_the_trail(steps, site):
    """What was sent back is not closed before somebody says what that means; what went the ordinary way is closed without a word."""
    made, quality = {}, site.person("qa_approver")

    def closed():
        answer = quality.sign(made["number"], "close")
        made["words"] = answer.words
        return f"{answer.signed}; {quality.state(made['number'])}"

    @steps("Close one that went the ordinary way", expected="signed; closed")
    def _():
        made["number"] = reviewed(site)
        return closed()

    @steps("Send another one back, and let its owner send it again", expected="investigating; qa_review")
    def _():
        made["number"] = reviewed(site)
        state = site.walk(made["number"], "return")
        return f"{state}; {site.walk(made['number'], 'submit')}"

    @steps("Close it", expected="refused: exceptions_of_trail_seen; qa_review; what happened is named: yes")
    def _():
        found = closed()
        return f"{found}; what happened is named: {yes('sent back (1)' in made['words'])}"

    @steps("Its owner changes its trail", given="an edit of the past", expected="done: no")
    def _():
        return f"done: {yes(site.person('author').edit(made['number'], history=[]).ok)}"

    @steps("Quality operations say what it means, and Quality closes it", expected="200; signed; closed")
    def _():
        said = site.person("qa_ops").edit(made["number"], trail_exceptions="Sent back once: its extent was unclear").said
        return f"{said}; {closed()}"

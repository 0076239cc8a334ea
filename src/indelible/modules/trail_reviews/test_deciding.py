"""OQ of audit-trail reviews: who decides on a line, what follows from a decision, and when a review is signed."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

NEWEST = "SELECT payload FROM event ORDER BY id DESC LIMIT 1"
STORED = "SELECT v.content FROM version v JOIN record r ON r.id = v.record_id AND r.version = v.number WHERE r.number = ?"
QUERIES = """SELECT DISTINCT r.number, r.state, r.author_id, r.due_at FROM record r JOIN link l ON l.record_id = r.id
    WHERE r.type = 'trail_query' AND l.target = ? ORDER BY r.number"""
INCIDENTS = """SELECT r.number, r.author_id FROM record r JOIN link l ON l.target = r.number JOIN record t ON t.id = l.record_id
    WHERE r.type = 'incident' AND t.number = ? ORDER BY r.number"""
OPENED = "SELECT number, author_id, due_at FROM record WHERE type = 'trail_review' AND title = ? ORDER BY number"
PATIENCE = 60  # seconds for what the system does by itself
WHY = "Looked at, and it is as the procedure says"
WEAK = "Better wording"
NEEDS = ("trail_review.reviewing.submit", "trail_review:decisions", "trail_query.asked.answer", "deviation.draft.submit")


def yes(it):
    return "yes" if it else "no"


def zone(database):
    return ZoneInfo(json.loads(database.value(NEWEST))["zone"])


def reviewed(site, database):
    """Let the day be over, begin a review of it, and wait for what the system writes; gives its number."""
    local = site.now().astimezone(zone(database))
    site.advance(f"{25 - local.hour}h")
    ops = site.person("qa_ops")
    day = str(local.date())
    number = ops.create("trail_review", title="Day of a script", period_from=day, period_until=day).number
    until = time.monotonic() + PATIENCE
    while not ops.fields(number).get("seed") and time.monotonic() < until:
        time.sleep(1)
    return number


def weak(site, who):
    """Let somebody report a deviation for a reason of two words; gives its number."""
    person = site.person(who)
    number = site.make("deviation", who, reporter=person.user_id).number
    person.edit(number, title="Reported by a script", reason=WEAK)
    return number


def line_of(site, review, number):
    lines = site.person("qa_ops").fields(review).get("lines") or []
    return next((one for one in lines if one["rule"].startswith("weak reason") and number in one["event"]), {"line": "0"})


def decide(site, review, who, *rows):
    """Decide on lines as somebody, who leaves what was decided before."""
    person = site.person(who)
    known = {one["line"]: one for one in person.fields(review).get("decisions") or []}
    known |= {row["line"]: known.get(row["line"], {}) | row for row in rows}
    return person.edit(review, reason=WHY, decisions=list(known.values()))


def fine(line):
    return {"line": line["line"], "decision": "fine", "comment": WHY}


def decide_the_rest(site, review):
    """Let who may decide on each line that is left: Quality's by the auditor or the system owner."""
    fields = site.person("qa_ops").fields(review)
    done = {one["line"] for one in fields.get("decisions") or [] if one["decision"]}
    left = [one for one in fields.get("lines") or [] if one["line"] not in done]
    ops, auditor = site.person("qa_ops").user_id, site.person("internal_auditor").user_id

    def whose(line):
        named = {line["user_id"], line["concerns"]}
        if line["quality"] or ops in named:
            return "system_owner" if auditor in named else "internal_auditor"
        return "qa_ops"

    for who in ("qa_ops", "internal_auditor", "system_owner"):
        if rows := [fine(one) for one in left if whose(one) == who]:
            decide(site, review, who, *rows)


def told(answer):
    return f"{'done' if answer.ok else 'refused'}: {answer.rule}".removesuffix(": ")


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-TRV-003",
    title="Nobody decides on the own act, and nobody of Quality on an act of Quality",
    negative=True,
    requirements=("URS-TRV-003",),
)
def test_who_decides(steps, site, database, reading):
    """An act of the system owner, one of quality operations and one of the approver: each is refused to those who are too close."""
    made = {}

    def decisions(who):
        identifier = next(str(one["id"]) for one in reading.types["trail_review"]["fields"] if one["name"] == "decisions")
        rows = json.loads(database.value(STORED, made["review"]))["fields"].get(identifier) or []
        line = line_of(site, made["review"], made[who])["line"]
        return next((one["decision"] for one in rows if one["line"] == line), None) or "none"

    @steps("Let four people act for a reason of two words, and review that day", expected="lines: 4; acts of Quality: 2")
    def _():
        for who in ("reader", "system_owner", "qa_ops", "qa_approver"):
            made[who] = weak(site, who)
        made["review"] = reviewed(site, database)
        lines = [line_of(site, made["review"], made[who]) for who in ("reader", "system_owner", "qa_ops", "qa_approver")]
        return f"lines: {sum(one['line'] != '0' for one in lines)}; acts of Quality: {sum(bool(one.get('quality')) for one in lines)}"

    refused = {
        ("system_owner", "system_owner"): "nobody_decides_on_own_act",
        ("qa_ops", "qa_approver"): "acts_of_quality_are_decided_outside",
    }
    for (who, whose), rule in refused.items():

        @steps("Decide on a line", given=f"as {who}, on an act of {whose}", expected=f"refused: {rule}; stored: none")
        def _(who=who, whose=whose):
            answer = decide(site, made["review"], who, fine(line_of(site, made["review"], made[whose])))
            return f"{told(answer)}; stored: {decisions(whose)}"

    @steps("Quality operations decide on their own act", expected="refused: yes; stored: none")
    def _():
        answer = decide(site, made["review"], "qa_ops", fine(line_of(site, made["review"], made["qa_ops"])))
        return f"refused: {yes(not answer.ok)}; stored: {decisions('qa_ops')}"

    @steps(
        "Decide for no reason",
        given="as qa_ops, on an act of reader",
        expected="refused: decision_names_a_line; stored: none",
    )
    def _():
        line = line_of(site, made["review"], made["reader"])
        answer = decide(site, made["review"], "qa_ops", fine(line) | {"comment": "ok"})
        return f"{told(answer)}; stored: {decisions('reader')}"

    allowed = (
        ("qa_ops", "reader"),
        ("qa_ops", "system_owner"),
        ("internal_auditor", "qa_ops"),
        ("system_owner", "qa_approver"),
    )
    for who, whose in allowed:

        @steps("Decide on a line", given=f"as {who}, on an act of {whose}", expected="done; stored: fine")
        def _(who=who, whose=whose):
            answer = decide(site, made["review"], who, fine(line_of(site, made["review"], made[whose])))
            return f"{told(answer)}; stored: {decisions(whose)}"


@pytest.mark.needs(*NEEDS, "trail_review.in_approval.close", "trail_query.answered.settle")
@pytest.mark.script(
    "OQ-TRV-004",
    title="A review is not signed with what is undecided or open, nor closed by whoever reviewed it; queries and incidents follow by themselves",
    negative=True,
    requirements=("URS-TRV-005", "URS-TRV-006"),
)
def test_signing(steps, site, database):
    """A query is asked and an incident is begun by the system; without decision, answer or reason nobody signs; another person closes."""
    made, ops = {}, site.person("qa_ops")

    def sent():
        return f"{ops.sign(made['review'], 'submit').signed}; {ops.state(made['review'])}"

    def awaited(sql, many):
        until = time.monotonic() + PATIENCE
        while len(found := database.rows(sql, made["review"])) < many and time.monotonic() < until:
            time.sleep(1)
        return found

    @steps("Let two people act for a reason of two words, and review that day", expected="lines: 2; reviewing")
    def _():
        made["one"], made["other"] = weak(site, "reader"), weak(site, "author")
        made["review"] = reviewed(site, database)
        lines = [line_of(site, made["review"], made[name]) for name in ("one", "other")]
        ops.edit(made["review"], reason=WHY, sample_found="Nothing out of the ordinary", conclusion="The day is in order")
        return f"lines: {sum(one['line'] != '0' for one in lines)}; {ops.state(made['review'])}"

    @steps("Send it for approval with no decision", expected="refused: every_line_is_decided; reviewing")
    def _():
        return sent()

    @steps(
        "Decide on one as a query to who did it", expected="queries: 1, asked, by the system: yes; due in 5 to 9 days: yes"
    )
    def _():
        line = line_of(site, made["review"], made["one"])
        decide(site, made["review"], "qa_ops", fine(line) | {"decision": "query", "comment": "Why was it reported twice?"})
        found = awaited(QUERIES, 1)
        made["query"] = found[0]["number"] if found else ""
        due = datetime.fromisoformat(ops.read(made["query"]).json["due_at"]) if found else site.now()
        within = timedelta(days=4) < due - site.now() < timedelta(days=10)
        states = ", ".join(one["state"] for one in found)
        return f"queries: {len(found)}, {states}, by the system: {yes(found and not found[0]['author_id'])}; due in 5 to 9 days: {yes(within)}"

    @steps(
        "Decide on the other one as an incident",
        expected="incidents linked to the review: 1; by the system: yes; queries: 1",
    )
    def _():
        line = line_of(site, made["review"], made["other"])
        decide(
            site,
            made["review"],
            "qa_ops",
            fine(line) | {"decision": "incident", "comment": "A record was written anew without a word"},
        )
        found = awaited(INCIDENTS, 1)
        by_system = yes(found and not found[0]["author_id"])
        return (
            f"incidents linked to the review: {len(found)}; by the system: {by_system}; queries: {len(awaited(QUERIES, 1))}"
        )

    @steps("Decide on the rest, and send it with the open query", expected="refused: queries_are_answered; reviewing")
    def _():
        decide_the_rest(site, made["review"])
        return sent()

    @steps("Give a reason that says nothing", expected="refused: queries_are_answered; reviewing")
    def _():
        ops.edit(made["review"], reason=WHY, open_queries_reason="n/a")
        return sent()

    @steps("Take the decision back that asked", expected="refused: decision_names_a_line")
    def _():
        return told(decide(site, made["review"], "qa_ops", fine(line_of(site, made["review"], made["one"]))))

    @steps("Answer in words that say nothing, then in others", expected="refused: answer_says_something; answered")
    def _():
        reader = site.person("reader")
        reader.edit(made["query"], reason=WHY, answer="n/a")
        answer = reader.act(made["query"], "answer")
        reader.edit(made["query"], reason=WHY, answer="The first report was lost with the tablet")
        reader.act(made["query"], "answer")
        return f"{told(answer)}; {reader.state(made['query'])}"

    @steps("Send it while the answer waits for a word on it", expected="refused: queries_are_answered; reviewing")
    def _():
        return sent()

    @steps("Say that the answer settles it, and send it", expected="settled; signed; in_approval")
    def _():
        ops.act(made["query"], "settle")
        return f"{ops.state(made['query'])}; {sent()}"

    @steps("Let whoever reviewed it close it, with the role of an approver as well", expected="signed: no; in_approval")
    def _():
        made["both"] = site.newcomer("qa_ops", "qa_approver", name="Reviews And Approves")
        quality = site.person("qa_approver")
        quality.sign(made["review"], "return", reason="The conclusion is to say more")
        state = quality.state(made["review"])
        made["both"].edit(made["review"], reason=WHY, conclusion="The day is in order, and one report was lost")
        made["both"].sign(made["review"], "submit")
        answer = made["both"].sign(made["review"], "close")
        return f"signed: {yes(answer.signed == 'signed' or state != 'reviewing')}; {quality.state(made['review'])}"

    @steps("Let another approver close it", expected="signed; closed")
    def _():
        quality = site.person("qa_approver")
        return f"{quality.sign(made['review'], 'close').signed}; {quality.state(made['review'])}"


@pytest.mark.needs("trail_review.reviewing.submit")
@pytest.mark.script(
    "OQ-TRV-005",
    title="On the first day of a month the review of the month before is open, once, and due within ten business days",
    negative=True,
    requirements=("URS-TRV-007",),
)
def test_the_month(steps, site, database):
    """The clock goes into the next month, and on: one review is opened by the system, and no second one."""
    made = {}

    def opened():
        until = time.monotonic() + PATIENCE
        while not (found := database.rows(OPENED, made["title"])) and time.monotonic() < until:
            time.sleep(1)
        return found

    @steps("Go on to the first day of the next month", expected="reviews of the month before: 1, by the system: yes")
    def _():
        now = site.now().astimezone(zone(database))
        first = (now.replace(day=1) + timedelta(days=32)).replace(day=1, hour=3)
        made["month"] = now
        made["title"] = f"Audit trail of {now:%Y-%m}"
        site.advance(f"{int((first - now) / timedelta(hours=1)) + 1}h")
        found = opened()
        return f"reviews of the month before: {len(found)}, by the system: {yes(found and not found[0]['author_id'])}"

    @steps("Read when it is due", expected="within the first 17 days of the month: yes")
    def _():
        ops = site.person("qa_ops")
        due = datetime.fromisoformat(ops.read(opened()[0]["number"]).json["due_at"]).astimezone(zone(database))
        now = site.now().astimezone(zone(database))
        return (
            f"within the first 17 days of the month: {yes((due.year, due.month) == (now.year, now.month) and due.day <= 17)}"
        )

    @steps("Let two more days go by", expected="reviews of that month: 1")
    def _():
        site.advance("2d")
        time.sleep(3)
        return f"reviews of that month: {len(opened())}"

    @steps("Begin one of days that are not over", expected="refused: period_of_review_is_over")
    def _():
        today = str(site.now().astimezone(zone(database)).date())
        return told(site.person("qa_ops").create("trail_review", title="Too early", period_from=today, period_until=today))

"""OQ of audit-trail reviews: what is planted is found and ranked, what was not looked at is said, and the sample is drawn again."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

NEWEST = "SELECT payload FROM event ORDER BY id DESC LIMIT 1"
WITHIN = "SELECT id, payload FROM event WHERE payload LIKE ? OR payload LIKE ? ORDER BY id"
REFUSED = "SELECT id, payload FROM refusal WHERE payload LIKE ? OR payload LIKE ? ORDER BY id"
STORED = "SELECT v.content FROM version v JOIN record r ON r.id = v.record_id AND r.version = v.number WHERE r.number = ?"
FIRST = "SELECT e.payload FROM event e JOIN record r ON r.id = e.record_id WHERE r.number = ? AND e.position = 1"
SEVERITIES = ("high", "medium", "low")
SATURDAY, NIGHT = 5, 21  # the latter o'clock
PATIENCE = 60  # seconds for what the system does by itself
WHY = "Written by the script, as its step says"
NEEDS = ("trail_review.reviewing.submit", "trail_review:lines", "document.in_review.agree", "deviation.draft.submit")


def yes(it):
    return "yes" if it else "no"


def rules(reading):
    """Give the rules that apply, by name, each with its numbers."""
    field = next(one for one in reading.types["trail_review"]["fields"] if one["name"] == "lines")
    choices = next(one for one in field["columns"] if one["name"] == "rule")["choices"]
    return {words.partition(",")[0]: [int(one) for one in re.findall(r"\d+", words.partition(",")[2])] for words in choices}


def zone(database):
    return ZoneInfo(json.loads(database.value(NEWEST))["zone"])


def at_night(site, database):
    """Let it be nine in the evening of the company, on a day of which some is left."""
    local = site.now().astimezone(zone(database))
    site.advance(f"{(NIGHT - local.hour) % 24 or 24}h")
    return site.now().astimezone(zone(database)).date()


def at_work(site, database):
    """Let it be ten in the morning of the next day on which the company works."""
    local = site.now().astimezone(zone(database))
    then = (local + timedelta(days=1)).replace(hour=10)
    while then.weekday() >= SATURDAY:
        then += timedelta(days=1)
    site.advance(f"{int((then - local) / timedelta(hours=1)) + 1}h")
    return site.now().astimezone(zone(database)).date()


def reviewed(site, day):
    """Go on to the day after, begin a review of a day, and wait for what the system writes; gives its number."""
    site.advance("4h")
    ops = site.person("qa_ops")
    number = ops.create("trail_review", title="Day of a script", period_from=str(day), period_until=str(day)).number
    until = time.monotonic() + PATIENCE
    while not ops.fields(number).get("seed") and time.monotonic() < until:
        time.sleep(1)
    return number


def of_day(database, sql, day, where):
    """Give what the database holds of a day: the payloads as they are stored."""
    patterns = [f'%"at":"{one}T%' for one in (day, day + timedelta(days=1))]
    found = [row["payload"] for row in database.rows(sql, *patterns)]
    return [one for one in found if datetime.fromisoformat(json.loads(one)["at"]).astimezone(where).date() == day]


def leaf(payload):
    return hashlib.sha256(b"\x00" + payload.encode()).hexdigest()


@pytest.mark.needs(*NEEDS, "grant.requested.open_in_emergency", "grant:tried", "role:executive", "role:system_owner")
@pytest.mark.script(
    "OQ-TRV-001",
    title="What is planted in a day is found by its rule, with event and person, the most serious first",
    negative=True,
    requirements=("URS-TRV-001",),
)
def test_what_is_planted_is_found(steps, site, database, reading):
    """One case of each rule that can be planted on a copy, in one evening; what looks like it and is not is not found."""
    made, author, applied = {}, site.again("author"), rules(reading)

    def lines(rule):
        found = site.person("qa_ops").fields(made["review"]).get("lines") or []
        return [one for one in found if one["rule"].partition(",")[0] == rule]

    def found(rule, number="", who=""):
        """Say how the planted case stands in the review: its severity, or that it is not there."""
        mine = [one for one in lines(rule) if (not number or number in one["event"]) and (not who or one["user_id"] == who)]
        return f"found: {yes(mine)}, {mine[0]['severity']}" if mine else "found: no"

    @steps("Let it be evening, and another hour go by", expected="the clock was moved: yes")
    def _():
        made["day"] = at_night(site, database)
        before = site.now()
        site.advance("1h")
        return f"the clock was moved: {yes(site.now() - before >= timedelta(minutes=59))}"

    @steps(
        "Sign a draft with a wrong password, then with a colleague's user id",
        expected="refused: components; refused: components",
    )
    def _():
        made["draft"] = site.make("document", "author", "in_approval", title="Signed by nobody").number
        wrong = author.sign(made["draft"], "submit", user_id="q.author", password="not the right one at all")
        return f"{wrong.signed}; {author.sign(made['draft'], 'submit', user_id='q.author.2').signed}"

    often, minutes = applied.get("repeated edits", [40, 5])

    @steps(
        f"Change the draft {often} times within {minutes} minutes, once for a reason of two words",
        expected="done: all; in time: yes",
    )
    def _():
        begun = time.monotonic()
        answers = [
            author.edit(made["draft"], title=f"Changed {at}", reason="Better wording" if not at else WHY)
            for at in range(often)
        ]
        return f"done: {'all' if all(one.ok for one in answers) else 'not all'}; in time: {yes(time.monotonic() - begun < minutes * 60)}"

    @steps("Give a reason that says nothing", expected="refused: reason_given")
    def _():
        answer = site.person("sysadmin").act(site.hiring.number_of("q.reader"), "deactivate", reason=". ")
        return f"{'done' if answer.ok else 'refused'}: {answer.rule}"

    @steps("Send another draft for review and amend it", expected="in_review; draft")
    def _():
        made["amended"] = site.make("document", "author", "in_approval").number
        state = site.walk(made["amended"], "submit")
        author.amend(made["amended"], WHY, title="Amended after it was signed")
        return f"{state}; {author.state(made['amended'])}"

    @steps("Report a deviation that was discovered three days ago, and let Quality void it", expected="void")
    def _():
        old = (site.now() - timedelta(days=3)).isoformat(timespec="seconds")
        made["late"] = site.person("reader").create(
            "deviation", **site.filling.values("deviation", "", discovered_at=old, occurred_at=old, reporter="q.reader"), reason=WHY
        ).number or site.make("deviation", "reader", reporter="q.reader").number  # fmt: skip
        return site.walk(made["late"], "void")

    @steps("Invite somebody, and give them a role in an emergency", expected="signed; active")
    def _():
        made["new"] = site.newcomer(name="Comes At Night")
        given = {
            "role": "sysadmin",
            "urgency": "emergency",
            "hours": "1",
            "why": WHY,
            "tried": "Both were called twice and did not answer",
        }
        made["grant"] = site.person("system_owner").create("grant", person=made["new"].user_id, **given).number
        answer = site.person("executive").sign(made["grant"], "open_in_emergency")
        return f"{answer.signed}; {author.state(made['grant'])}"

    @steps("Take the audit trail out as a file", expected="200; rows enough: yes")
    def _():
        answer = author.get("/trail/csv")
        least = applied.get("bulk export", [100])[0]
        return f"{answer.status}; rows enough: {yes(answer.text.count(chr(10)) > least)}"

    @steps("Review that day", expected="reviewing; lines: yes")
    def _():
        made["review"] = reviewed(site, made["day"])
        ops = site.person("qa_ops")
        return f"{ops.state(made['review'])}; lines: {yes(ops.fields(made['review']).get('lines'))}"

    expected = {
        "clock step": ("high", lambda: ("", "")),
        "somebody else's credentials": ("high", lambda: (made["draft"], "q.author")),
        "grant outside a request": ("high", lambda: (made["grant"], "")),
        "access changed off hours": ("high", lambda: (made["grant"], "")),
        "repeated edits": ("high", lambda: (made["draft"], "q.author")),
        "failed signing": ("medium", lambda: (made["draft"], "q.author")),
        "edit after approval": ("medium", lambda: (made["amended"], "q.author")),
        "void": ("medium", lambda: (made["late"], "")),
        "weak reason": ("medium", lambda: (made["draft"], "q.author")),
        "bulk export": ("medium", lambda: ("", "q.author")),
        "administrator act": ("low", lambda: ("", "")),
        "off hours": ("low", lambda: ("", "q.author")),
    }
    for rule, (severity, planted) in expected.items():

        @steps(
            "Look for what was planted", given=rule, expected=f"found: yes, {severity}" if rule in applied else "found: no"
        )
        def _(rule=rule, planted=planted):
            return found(rule, *planted())

    @steps("Look for what was not planted", given="an edit of the amended draft as 40 of them", expected="found: no")
    def _():
        return found("repeated edits", made["amended"], "q.reader")

    @steps("Read the order of the lines", expected="the most serious first: yes; numbered: yes")
    def _():
        all_lines = site.person("qa_ops").fields(made["review"])["lines"]
        ranks = [SEVERITIES.index(one["severity"]) for one in all_lines]
        numbered = [int(one["line"]) for one in all_lines] == [*range(1, len(all_lines) + 1)]
        return f"the most serious first: {yes(ranks == sorted(ranks))}; numbered: {yes(numbered)}"

    @steps("Compare the amended draft's line with the stored event", given="SQL", expected="the same event: yes")
    def _():
        (line,) = [one for one in lines("edit after approval") if made["amended"] in one["event"]] or [{"event": " 0"}]
        stored = [json.loads(one) for one in of_day(database, WITHIN, made["day"], zone(database))]
        amended = [
            one["position"] for one in stored if one["event"] == "document.amended" and one["number"] == made["amended"]
        ]
        return f"the same event: {yes([int(line['event'].rpartition(' ')[2])] == amended)}"


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-TRV-002",
    title="A review counts its days, draws a sample that is drawn again from the database, and says what nobody looked at",
    negative=True,
    requirements=("URS-TRV-002", "URS-TRV-004"),
)
def test_counts_and_sample(steps, site, database, reading):
    """Counts, sample and rest are computed a second time from the stored events; no one changes any of it afterwards."""
    made = {}

    def stored(name):
        identifier = next(str(one["id"]) for one in reading.types["trail_review"]["fields"] if one["name"] == name)
        return json.loads(database.value(STORED, made["review"]))["fields"].get(identifier)

    def tried(who="qa_ops", **fields):
        before = database.value(STORED, made["review"])
        answer = site.person(who).edit(made["review"], reason=WHY, **fields)
        same = yes(database.value(STORED, made["review"]) == before)
        return f"{'done' if answer.ok else 'refused'}: {', '.join(answer.missing) or answer.rule}; unchanged: {same}"

    @steps("In working hours, write a draft and change it thirty times", expected="done: 30")
    def _():
        made["day"] = at_work(site, database)
        number = site.make("document", "author").number
        return f"done: {sum(site.person('author').edit(number, title=f'Title {at}', reason=WHY).ok for at in range(30))}"

    @steps("Review that day, when it is over", expected="reviewing")
    def _():
        local = site.now().astimezone(zone(database))
        site.advance(f"{24 - local.hour}h")
        made["review"] = reviewed(site, made["day"])
        return site.person("qa_ops").state(made["review"])

    @steps(
        "Count events and refused attempts of that day", given="SQL", expected="events: the same; refused attempts: the same"
    )
    def _():
        events, refusals = (of_day(database, sql, made["day"], zone(database)) for sql in (WITHIN, REFUSED))
        made["events"], made["refusals"] = events, refusals
        same = [("the same" if int(stored(name)) == len(rows) else f"{stored(name)} of {len(rows)}")
                for name, rows in (("events", events), ("refusals", refusals))]  # fmt: skip
        return f"events: {same[0]}; refused attempts: {same[1]}"

    @steps("Compute the leaf of the review's first event", given="SQL", expected="it is the seed: yes")
    def _():
        return f"it is the seed: {yes(leaf(database.value(FIRST, made['review'])) == stored('seed'))}"

    @steps(
        "Draw the sample again from seed and leaves",
        given="SHA-256",
        expected="in order of the draw: yes; of GxP types: yes; 10 to 60: yes",
    )
    def _():
        sample = [one["leaf"] for one in stored("sample")]
        known = {leaf(one): json.loads(one)["type"] for one in made["events"]}
        gxp = {kind for kind, declared in reading.types.items() if declared.get("gxp")}
        drawn = [hashlib.sha256(f"{stored('seed')}{one}".encode()).hexdigest() for one in sample]
        flagged = {place for line in stored("lines") or [] for place in line["event"].split("; ")}
        before = [one for one, kind in known.items() if kind in gxp and one not in sample
                  and hashlib.sha256(f"{stored('seed')}{one}".encode()).hexdigest() < drawn[-1]]  # fmt: skip
        passed_over = [one for one in before if not _is_flagged(made["events"], one, flagged)]
        return (
            f"in order of the draw: {yes(drawn == sorted(drawn) and not passed_over)}; "
            f"of GxP types: {yes({known.get(one) for one in sample} <= gxp)}; 10 to 60: {yes(10 <= len(sample) <= 60)}"
        )

    @steps(
        "Add up what was flagged, drawn and left of each kind",
        expected="it adds up: yes; to all events and refused attempts: yes",
    )
    def _():
        rows = stored("not_looked_at")
        adds = all(int(one["all"]) == int(one["flagged"]) + int(one["sampled"]) + int(one["rest"]) for one in rows)
        total = Counter({name: sum(int(one[name]) for one in rows) for name in ("all", "sampled")})
        whole = total["all"] == len(made["events"]) + len(made["refusals"]) and total["sampled"] == len(stored("sample"))
        return f"it adds up: {yes(adds)}; to all events and refused attempts: {yes(whole)}"

    for who in ("qa_ops", "system_owner", "internal_auditor"):
        for name in ("lines", "sample", "not_looked_at"):

            @steps(
                "Take the first row away from what the system wrote",
                given=f"{name}, as {who}",
                expected="refused: what_the_system_wrote_stays; unchanged: yes",
            )
            def _(who=who, name=name):
                rows = site.person(who).fields(made["review"])[name]
                return tried(who, **{name: rows[1:]})

    @steps("Name another seed", expected="refused: what_the_system_wrote_stays; unchanged: yes")
    def _():
        return tried(seed="0" * 64)

    @steps("Name other days", expected="refused: what_the_system_wrote_stays; unchanged: yes")
    def _():
        return tried(period_from=str(made["day"] - timedelta(days=1)))


def _is_flagged(events, wanted, flagged):
    """Say whether a line names the event with this leaf: by record and position, alone, in a list or in a span."""
    told = next(json.loads(one) for one in events if leaf(one) == wanted)
    for place in flagged:
        number, _, positions = place.partition(" ")
        if number == told["number"] and (place.endswith("...") or told["position"] in spans(positions)):
            return True
    return any(place.endswith("...") or place == "Further ones" for place in flagged)


def spans(text):
    first, _, last = text.partition(" to ")
    return range(int(first), int(last) + 1) if last else [int(one) for one in re.findall(r"\d+", text)]

"""OQ of what leaves the house: mail about work that is due or late, without content, and calendars that open no door."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

ADDRESS = "https://quality.example"
WITHIN = 150.0  # seconds in which mail goes out; the server looks every half minute
FEED = re.compile(r"/calendar/feed/[\w-]+\.ics")
SECRET = ("Confidential-Recipe-4711", "Forty grams of the secret salt")


def yes(it):
    return "yes" if it else "no"


def settled(site, wanted, seconds=WITHIN):
    """Wait until mail that is wanted is there; gives all mail."""
    until = time.monotonic() + seconds
    while not wanted(found := site.mail()) and time.monotonic() < until:
        time.sleep(3)
    return found


@pytest.mark.needs(
    "document.draft.submit", "document.in_review", "document:reviewers", "role:qa_ops", "role:qa_approver", "role:executive"
)
@pytest.mark.script(
    "OQ-NTF-002",
    title="Due and late work is told to who may do it, then to Quality, then to management; and no letter holds content",
    negative=True,
    requirements=("URS-NTF-002", "URS-NTF-003"),
)
def test_letters(steps, own, site, reading):
    """On a home made of a backup of the copy, whose clock the script moves: a review that nobody does, with words that must not leave."""
    made, zone = {}, ZoneInfo(reading.company["zone"])
    to = {"q.qa_ops@copy.example": "reviewer", "q.qa_approver@copy.example": "Quality", "q.executive@copy.example": "management",
          "q.reader@copy.example": "a reader"}  # fmt: skip

    def mine(letters):
        return [one for one in letters[made["from"] :] if made["number"] in one.subject + one.text]

    def told(letters):
        return ", ".join(sorted({to[one.to] for one in mine(letters) if one.to in to})) or "nobody"

    def pass_by(until):
        """Move the clock to noon of a day at the company, and begin to count letters anew."""
        now = own.site.now()
        local = now.astimezone(zone)
        noon = (local + timedelta(days=until)).replace(hour=12, minute=0)
        hours = max(1, int((noon - local).total_seconds() // 3600))
        made["from"] = len(site.mail())
        return own.site.advance(f"{hours}h")

    @steps(
        "Make a home of a backup of the copy and serve it with mail and an address of its own",
        given=ADDRESS,
        expected="restored; served",
    )
    def _():
        told = own.restored()
        return f"{told}; {own.serve(INDELIBLE_MAIL=site.copy.environment['INDELIBLE_MAIL'], INDELIBLE_URL=ADDRESS)}"

    @steps("Send a document with words that must not leave into review", expected="in_review; told: reviewer")
    def _():
        made["from"] = len(site.mail())
        number = made["number"] = own.site.make(
            "document", "author", "in_approval", title=SECRET[0], text=f"## 1 Purpose\n\n{SECRET[1]}."
        ).number
        state = own.site.walk(number, "submit")
        row = own.database.rows(
            "SELECT t.due_at FROM task t JOIN record r ON r.id = t.record_id WHERE r.number = ? AND t.due_at IS NOT NULL",
            number,
        )[0]
        due = datetime.fromisoformat(str(row["due_at"]))  # the end of a day of the company, kept in UTC
        made["due"] = (due if due.tzinfo else due.replace(tzinfo=UTC)).astimezone(zone).date()
        letters = settled(site, lambda all_: "reviewer" in told(all_))
        return f"{state}; told: {told(letters)}"

    @steps("Read the letter", expected="number: yes; act and day: yes; link: yes")
    def _():
        letter = next(one for one in mine(site.mail()) if to.get(one.to) == "reviewer")
        lines = [one.strip() for one in letter.text.splitlines()]
        day = re.search(r"\d{4}-\d{2}-\d{2}|\d{1,2} \w+ \d{4}|\w+ \d{1,2}, \d{4}", letter.text)
        act, link = "gree" in letter.subject + letter.text, f"{ADDRESS}/r/{made['number']}" in lines
        return f"number: {yes(made['number'] in letter.subject + letter.text)}; act and day: {yes(act and day)}; link: {yes(link)}"

    def left():
        return (made["due"] - own.site.now().astimezone(zone).date()).days

    @steps("Let the day come on which it is due", expected="told: reviewer")
    def _():
        pass_by(left())
        return f"told: {told(settled(site, lambda all_: 'reviewer' in told(all_)))}"

    @steps("Let it be eight days late", expected="told: Quality, reviewer")
    def _():
        pass_by(left() + 8)
        return f"told: {told(settled(site, lambda all_: {'Quality', 'reviewer'} <= {*told(all_).split(', ')}))}"

    @steps("Let it be thirty-one days late", expected="told: management, reviewer")
    def _():
        pass_by(left() + 31)
        return f"told: {told(settled(site, lambda all_: {'management', 'reviewer'} <= {*told(all_).split(', ')}))}"

    @steps("Let it be done, and a week pass", expected="told: nobody")
    def _():
        own.site.walk(made["number"], "agree")
        number, made["number"] = made["number"], f"{made['number']}: agree"
        pass_by(left() + 7)
        time.sleep(45)
        found = [one for one in site.mail()[made["from"] :] if one.to == "q.qa_ops@copy.example" and number in one.subject]
        made["number"] = number
        return f"told: {'the reviewer' if found else 'nobody'}"

    @steps("Search every letter that was ever sent for the words", given="title and text", expected="0 found")
    def _():
        return f"{sum(word in one.subject + one.text for one in site.mail() for word in SECRET)} found"


@pytest.mark.needs("document.draft.submit", "document.in_review", "document:reviewers", "role:qa_ops")
@pytest.mark.script(
    "OQ-NTF-004",
    title="A calendar address opens what its person may see, without title and text, until it is withdrawn",
    negative=True,
    requirements=("URS-NTF-004",),
)
def test_calendars(steps, site):
    """Read as a telephone would, without a session; the older address, the withdrawn one and the secret as a token open nothing."""
    made = {}

    def address(who):
        found = FEED.search(site.person(who).post("/me/calendar").text)
        site.trace.hide(found[0].removeprefix("/calendar/feed/").removesuffix(".ics") if found else "")
        return found[0] if found else "/calendar/feed/none.ics"

    def read(path, **more):
        answer = site.nobody().get(path, **more)
        return answer.status, answer.text.replace("\r\n ", "")

    @steps("Send a document into review, and leave another as a draft", expected="in_review, draft")
    def _():
        made["number"] = site.make(
            "document", "author", "in_approval", title=SECRET[0], text=f"## 1 Purpose\n\n{SECRET[1]}."
        ).number
        made["hidden"] = site.make(
            "document", "author.2", title=SECRET[0], owner="q.author.2", effective_on="2030-01-01"
        ).number
        state = site.walk(made["number"], "submit")
        return f"{state}, {site.person('author.2').state(made['hidden'])}"

    @steps(
        "Make an address as the reviewer and read it without a session", expected="200; the number: yes; title or text: no"
    )
    def _():
        made["address"] = address("qa_ops")
        status, feed = read(made["address"])
        return (
            f"{status}; the number: {yes(made['number'] in feed)}; title or text: {yes(any(one in feed for one in SECRET))}"
        )

    @steps("Read a reader's, of all that the reader may see", expected="200; the draft: no; the review: no")
    def _():
        path = made["reader"] = address("reader")
        status, feed = read(path, of="all")
        seen = [site.person("reader").state(one) != "404" and one in feed for one in (made["hidden"], made["number"])]
        there = [one in feed for one in (made["hidden"], made["number"])]
        return f"{status}; the draft: {yes(there[0] or seen[0])}; the review: {yes(there[1] or seen[1])}"

    @steps("Make a newer address, and read the older one and an invented one", expected="404, 404; the newer: 200")
    def _():
        older, made["address"] = made["address"], address("qa_ops")
        return f"{read(older)[0]}, {read('/calendar/feed/' + 'A' * 43 + '.ics')[0]}; the newer: {read(made['address'])[0]}"

    @steps("Use its secret as a token, and write to it", expected="401; 405")
    def _():
        secret = made["address"].removeprefix("/calendar/feed/").removesuffix(".ics")
        told = site.program(secret, "a calendar").api("GET", "/me").status
        return f"{told}; {site.nobody().post(made['address']).status}"

    @steps("Withdraw it and read it", expected="404; the reader's: 200")
    def _():
        site.person("qa_ops").post("/me/calendar/withdraw")
        return f"{read(made['address'])[0]}; the reader's: {read(made['reader'])[0]}"

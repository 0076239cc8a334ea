"""OQ of entries: what was entered stays, in its time, once, with its links and comments."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest


def yes(it):
    return "yes" if it else "no"


def refused(answer):
    return "done" if answer.ok else "refused"


@pytest.mark.script(
    "OQ-REC-008", title="A voided record stays in lists, readable and marked", requirements=("URS-REC-007", "URS-CPY-009")
)
@pytest.mark.needs("deviation.draft.void")
def test_void_keeps(steps, site, reading):
    """Voiding is signed and has a reason; the record, its number and its trail stay where they were."""
    made, to = {}, reading.moves("deviation", "draft")["void"]["to"]

    @steps("Report a deviation and void it", expected=to)
    def _():
        made["number"] = site.make("deviation", "reader", title="Reported by mistake").number
        return site.walk(made["number"], "void", first=("qa_approver",), reason="Reported twice by mistake")

    @steps("Look for it in the list", given="GET /records/deviation", expected=f"there, in state {to}")
    def _():
        records = site.person("qa_approver").api("GET", f"/records/deviation?state={to}").json["records"]
        found = [one for one in records if one["number"] == made["number"]]
        return f"there, in state {found[0]['state']}" if found else "not there"

    @steps("Print it", expected="marked on the copy: yes; reason in the trail: yes")
    def _():
        words = site.person("qa_approver").pdf(made["number"], trail=True)
        mark = str(reading.states("deviation")[to].get("watermark", to))
        flat = " ".join(words.split())
        return f"marked on the copy: {yes(mark.lower() in flat.lower())}; reason in the trail: {yes('Reported twice by mistake' in flat)}"


@pytest.mark.script(
    "OQ-REC-009", title="A link is shown from both ends and its removal is kept", requirements=("URS-REC-010",)
)
@pytest.mark.needs("document", "deviation")
def test_links(steps, site):
    """Who opens either record sees the other one; taking the link away leaves both events."""
    made = {}

    @steps("Link a deviation to a draft", given="act link", expected="200")
    def _():
        made["document"] = site.make("document", "author").number
        made["deviation"] = site.make("deviation", "reader", title="Linked to a document").number
        return site.person("author").act(made["document"], "link", to=made["deviation"]).said

    @steps("Open both pages", expected="each names the other: yes")
    def _():
        person = site.person("qa_ops")
        there = made["deviation"] in person.get(f"/r/{made['document']}").text
        back = (
            made["document"].rpartition(".")[0] in person.get(f"/r/{made['deviation']}").text
            or made["document"] in person.get(f"/r/{made['deviation']}/thread").text
        )
        return f"each names the other: {yes(there and back)}"

    @steps("Take the link away", expected="200")
    def _():
        return (
            site.person("author")
            .act(made["document"], "unlink", to=made["deviation"], reason="Linked by mistake to this one")
            .said
        )

    @steps("Read the trail", expected="document.link, document.unlink")
    def _():
        acts = [one["act"] for one in site.person("author").history(made["document"]).json["events"]]
        return ", ".join(acts[-2:])


@pytest.mark.script(
    "OQ-TIM-001", title="A late entry asks for its reason and stays marked", negative=True, requirements=("URS-TIM-002",)
)
@pytest.mark.needs("incident", "incident:occurred_at", "incident:detected_at")
def test_late_entries(steps, site, reading):
    """What happened long before it was entered is taken only with a reason, and shows both times."""
    field = next(one["name"] for one in reading.types["incident"]["fields"] if one.get("occurrence"))
    made = {}

    @steps("Report an incident of three weeks ago without a reason", expected="422 late_entry")
    def _():
        at = (site.now() - timedelta(days=21)).isoformat(timespec="seconds")
        made["values"] = site.filling.values("incident", occurred_at=at) | {field: at}
        answer = site.person("reader").create("incident", **made["values"])
        return f"{answer.status} {answer.rule}"

    @steps("Report it on the page, with a reason", expected="302")
    def _():
        page = site.person("reader").get("/records/incident/new")
        key = re.search(r'name="key" value="([^"]+)"', page.text)[1]
        form = {name: value for name, value in made["values"].items() if isinstance(value, str)}
        form |= {"key": key, "reason": "Found only when the archive was read again", "title": "Late on purpose"}
        for name in ("occurred_at", "detected_at"):
            form[name] = made["values"][name][:16]
        answer = site.person("reader").post("/records/incident/new", form)
        made["number"] = answer.where.rpartition("/")[2]
        return str(answer.status)

    @steps("Read its page", expected="marked as late, with the reason: yes")
    def _():
        words = (
            site.person("reader").get(f"/r/{made['number']}").words
            + site.person("reader").get(f"/r/{made['number']}/timeline").words
        )
        return f"marked as late, with the reason: {yes('late' in words.lower() and 'archive was read again' in words)}"


@pytest.mark.script(
    "OQ-TIM-002",
    title="What must not lie in the future is refused there",
    negative=True,
    requirements=("URS-REC-004", "URS-TIM-001"),
)
@pytest.mark.needs("incident", "incident:occurred_at")
def test_not_in_the_future(steps, site):
    """An occurrence of tomorrow has not occurred."""

    @steps("Report an incident that occurs tomorrow", expected="422, occurred_at named: yes")
    def _():
        at = (site.now() + timedelta(days=1)).isoformat(timespec="seconds")
        answer = site.person("reader").create("incident", **site.filling.values("incident", occurred_at=at))
        return f"{answer.status}, occurred_at named: {yes('occurred_at' in answer.text)}"

    @steps("Report one at a time without an offset", given="2026-11-23T14:03", expected="422, occurred_at named: yes")
    def _():
        answer = site.person("reader").create("incident", **site.filling.values("incident", occurred_at="2026-11-23T14:03"))
        return f"{answer.status}, occurred_at named: {yes('occurred_at' in answer.text)}"


@pytest.mark.script(
    "OQ-REC-010", title="Content frozen by a signature is edited by nobody", negative=True, requirements=("URS-REC-005",)
)
@pytest.mark.needs("document.in_approval.approve")
def test_frozen_content(steps, site):
    """In review, in approval and in force neither author nor Quality nor administrator edits the text."""
    made = {}
    people = ("author", "qa_approver", "doc_control", "sysadmin", "executive")

    def tried(number):
        return sum(
            site.person(one).edit(number, reason="The script tries to edit", title="Changed behind the signatures").ok
            for one in people
        )

    @steps("Bring a document to review and try to edit it", given=", ".join(people), expected="in_review, 0 done")
    def _():
        made["number"] = site.make("document", "author", "in_approval").number
        return f"{site.walk(made['number'], 'submit')}, {tried(made['number'])} done"

    @steps("Bring it into force and try again", expected="effective, 0 done")
    def _():
        site.walk(made["number"], "agree")
        site.walk(made["number"], "approve")
        return f"{site.until(made['number'], 'effective')}, {tried(made['number'])} done"


@pytest.mark.script(
    "OQ-REC-011", title="A repeated request changes nothing the second time", negative=True, requirements=("URS-API-003",)
)
@pytest.mark.needs("deviation")
def test_repeated_requests(steps, site, database):
    """The same person with the same key gets the first answer; the same key with something else is refused."""
    made = {}

    def send(title):
        values = site.filling.values("deviation", title=title, reporter="q.reader")
        return site.person("reader").api("POST", "/records/deviation", {"fields": values}, Idempotency_Key=made["key"])

    @steps("Create a deviation with a key", expected="201")
    def _():
        made["key"] = f"key-{site.now():%d%H%M%S%f}"
        made["title"] = f"Sent twice {made['key']}"
        first = send(made["title"])
        made["number"] = first.number
        return first.said

    @steps("Send the same again", expected="the same number, replayed: yes")
    def _():
        again = send(made["title"])
        return f"{'the same' if again.number == made['number'] else 'another'} number, replayed: {yes(again.json.get('replayed'))}"

    @steps("Send something else with the same key", expected="refused")
    def _():
        return refused(send("Something else"))

    @steps("Count the records of that title", given="SQL", expected="1")
    def _():
        return str(database.value("SELECT count(*) AS n FROM record WHERE title = ?", made["title"]))


@pytest.mark.script("OQ-REC-012", title="A comment stays open until it is answered", requirements=("URS-REC-016",))
@pytest.mark.needs("document.draft.submit")
def test_comments(steps, site):
    """A comment changes no content, voids nothing and stays in the trail with its author."""
    made = {}

    @steps("Comment on a document in review", expected="200")
    def _():
        made["number"] = site.make("document", "author", "in_approval").number
        site.walk(made["number"], "submit")
        return site.person("qa_ops").act(made["number"], "comment", text="Section 1 should name the room.").said

    @steps("Read versions and signatures", expected="version 1, 1 signature counting")
    def _():
        head = site.person("author").read(made["number"]).json
        found = site.person("author").signatures(made["number"]).json["signatures"]
        return f"version {head['version']}, {sum(one['counts'] for one in found)} signature counting"

    @steps("Read it on the page, and who wrote it in the trail", expected="the words: yes; by q.qa_ops")
    def _():
        words = (
            site.person("author").get(f"/r/{made['number']}").words
            + site.person("author").get(f"/r/{made['number']}/timeline").words
        )
        event = site.person("author").history(made["number"]).json["events"][-1]
        return f"the words: {yes('should name the room' in words)}; by {site.user_id_of(event['person'])}"

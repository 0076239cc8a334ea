"""OQ of rights: when they begin and end, how far they reach, and what they never show."""

from __future__ import annotations

import json

import pytest

DRAFT = "document.in_approval.approve"


def yes(it):
    return "yes" if it else "no"


def refused(answer):
    return "done" if answer.ok else "refused"


@pytest.mark.needs("grant.active.end", "document")
@pytest.mark.script(
    "OQ-AUT-007",
    title="A right ends with its grant, in the session that runs",
    negative=True,
    requirements=("URS-AUT-009", "URS-PPL-002"),
)
def test_rights_end_at_once(steps, site):
    """Who could write a document a moment ago is refused as soon as the grant has ended, without signing in anew."""
    made = {}

    @steps("Let a newcomer write a document", expected="201")
    def _():
        person = made["person"] = site.newcomer()
        made["grant"] = site.hiring.grant(person, "author")
        return person.create("document", title="Written while allowed", **{"class": "procedure"}).said

    @steps("End the grant", expected="ended")
    def _():
        site.person("sysadmin").act(made["grant"], "end", reason="Moved to another function today")
        return site.person("sysadmin").state(made["grant"])

    @steps("Write another one in the same session", expected="403 authority")
    def _():
        answer = made["person"].create("document", title="Written afterwards", **{"class": "procedure"})
        return f"{answer.status} {answer.rule}"


@pytest.mark.needs(DRAFT, "role:dept_approver", "department")
@pytest.mark.script(
    "OQ-AUT-008", title="A role for one department gives no right in another", negative=True, requirements=("URS-AUT-003",)
)
def test_departments(steps, site):
    """The head of another function does not approve for this one."""
    made = {}

    @steps("Let a newcomer head another department", expected="a department: yes")
    def _():
        made["other"] = site.person("sysadmin").create("department", name="Another function of the script").number
        person = made["person"] = site.newcomer()
        site.hiring.complete(person, site.reading.roles["dept_approver"].get("file", []))
        number = (
            site.person("qa_approver.2")
            .create("grant", person=person.user_id, role="dept_approver", why="Heads it", department=made["other"])
            .number
        )
        site.walk(number, "approve")
        return f"a department: {yes(made['other'])}"

    @steps(
        "Bring a document of the first department to approval and approve it as that head",
        expected="in_approval; signed: no",
    )
    def _():
        made["number"] = site.make("document", "author", "in_approval").number
        site.walk(made["number"], "submit")
        state = site.walk(made["number"], "agree")
        return f"{state}; signed: {yes(made['person'].sign(made['number'], 'approve').signed == 'signed')}"

    @steps("Bring one of the other department to approval and approve it as that head", expected="signed")
    def _():
        number = site.make("document", "author", "in_approval", department=made["other"]).number
        site.walk(number, "submit")
        site.walk(number, "agree")
        return made["person"].sign(number, "approve").signed


@pytest.mark.needs("document")
@pytest.mark.script(
    "OQ-AUT-009",
    title="What somebody may not see is answered as what does not exist",
    negative=True,
    requirements=("URS-AUT-002", "URS-CPY-002"),
)
def test_hidden_is_absent(steps, site, reading):
    """A draft is hidden from who is not named for it: on pages, by the interface, in search, lists and exports."""
    made = {}
    blind = "reader" not in reading.states("document")["draft"]["seen_by"]
    word = "Zirconium"

    def compared(path, other):
        one, two = site.person("reader").get(path), site.person("reader").get(other)
        return one.status == two.status and one.status == 404

    @steps("Write a draft", expected="201; hidden from readers by the declaration: yes")
    def _():
        answer = site.make("document", "author", title=f"{word} in hidden drafts")
        made["number"] = answer.number
        return f"{answer.said}; hidden from readers by the declaration: {yes(blind)}"

    @steps("Open it as a reader, and one that does not exist", given="page, copy, timeline", expected="alike: yes, yes, yes")
    def _():
        absent = "SOP-99999.01"
        parts = [compared(f"/r/{made['number']}{part}", f"/r/{absent}{part}") for part in ("", "/pdf", "/timeline")]
        return "alike: " + ", ".join(yes(one) for one in parts)

    @steps("Ask the interface for both", expected="404 and 404, the same words: yes")
    def _():
        one, two = (
            site.person("reader").api("GET", f"/records/document/{number}") for number in (made["number"], "SOP-99999.01")
        )
        return f"{one.status} and {two.status}, the same words: {yes(one.json['detail'] == two.json['detail'] and one.rule == two.rule)}"

    @steps("Search for its title as reader, then look into the list and the export", expected="found: no, no, no")
    def _():
        reader = site.person("reader")
        found = [
            reader.get("/search", q=word).text.count(made["number"]),
            reader.get("/records/document").text.count(made["number"]),
            reader.get("/records/document/csv").text.count(word),
        ]
        return "found: " + ", ".join(yes(one) for one in found)

    @steps("Open it as its author", expected="200")
    def _():
        return str(site.person("author").get(f"/r/{made['number']}").status)


@pytest.mark.needs(DRAFT, "role:sysadmin")
@pytest.mark.script(
    "OQ-AUT-010",
    title="The administrator does no work of Quality",
    negative=True,
    requirements=("URS-AUT-001", "URS-AUT-004"),
)
def test_the_administrator(steps, site, database):
    """No writing, no review, no approval, no closing by whoever administers accounts."""
    made = {}

    @steps("Write a document as administrator", expected="refused")
    def _():
        return refused(site.person("sysadmin").create("document", title="By the administrator", **{"class": "procedure"}))

    @steps(
        "Bring a document to approval and approve, return, void and edit it as administrator", expected="in_approval; 0 done"
    )
    def _():
        made["number"] = site.make("document", "author", "in_approval").number
        site.walk(made["number"], "submit")
        state = site.walk(made["number"], "agree")
        administrator = site.person("sysadmin")
        done = [
            administrator.sign(made["number"], move, "The administrator tries").signed == "signed"
            for move in ("approve", "return", "void")
        ]
        done.append(administrator.edit(made["number"], title="By the administrator").ok)
        return f"{state}; {sum(done)} done"

    @steps("Read whose signatures and events there are", given="SQL", expected="the administrator's: 0")
    def _():
        rows = database.rows(
            "SELECT e.payload FROM event e JOIN record r ON r.id = e.record_id WHERE r.number = ?", made["number"]
        )
        return f"the administrator's: {sum(json.loads(row['payload'])['by'].get('user_id') == 'q.sysadmin' for row in rows)}"


@pytest.mark.needs("document", "role:guest_inspector")
@pytest.mark.script(
    "OQ-AUT-011",
    title="An inspector reads what is in force and does nothing",
    negative=True,
    requirements=("URS-AUT-001", "URS-CPY-006"),
)
def test_the_inspector(steps, site):
    """Read only: every form and every call that would change something is refused; what is in force can be read and printed."""
    made = {}

    @steps("Bring a document into force and write another draft", expected="effective")
    def _():
        made["number"] = site.effective(title="Read by an inspector")
        made["draft"] = site.make("document", "author").number
        return site.person("author").state(made["number"])

    @steps("Read and print it as inspector, and look for the draft", expected="200, printed: yes; the draft: 404")
    def _():
        guest = site.person("guest_inspector")
        words = guest.pdf(made["number"])
        return f"{guest.get('/r/' + made['number']).status}, printed: {yes(made['number'] in words)}; the draft: {guest.get('/r/' + made['draft']).status}"

    @steps("Try to write, edit, revise, retire, certify and reassign", expected="0 done")
    def _():
        guest = site.person("guest_inspector")
        tried = [guest.create("document", title="x", **{"class": "procedure"}).ok, guest.edit(made["number"], title="x").ok]
        tried += [
            guest.act(made["number"], one, reason="An inspector tries", to="q.author", text="x").ok
            for one in ("revise", "reassign", "certify")
        ]
        tried.append(guest.sign(made["number"], "retire", "An inspector tries").signed == "signed")
        return f"{sum(tried)} done"


@pytest.mark.script("OQ-AUT-012", title="Who held which role is told for any day", requirements=("URS-AUT-013",))
def test_access_of_a_day(steps, site):
    """The list of rights names person, role, who granted it and why, now and as of an earlier moment."""
    made = {}

    @steps("Grant a role to a newcomer", expected="active")
    def _():
        made["before"] = site.now()
        person = made["person"] = site.newcomer()
        made["grant"] = site.hiring.grant(person, "author")
        return site.person("sysadmin").state(made["grant"])

    @steps("Read the list of now", given="indelible access --json", expected="exit 0; the newcomer as author: yes")
    def _():
        ran = site.command("access", "--json")
        line = next((one for one in ran.output.split("{") if made["person"].user_id in one or made["grant"] in one), "")
        return f"exit {ran.code}; the newcomer as author: {yes(line and 'author' in line)}"

    @steps("Read the list of the day before", expected="exit 0; the newcomer in it: no")
    def _():
        ran = site.command("access", "--as-of", made["before"].isoformat(timespec="seconds"), "--json")
        return f"exit {ran.code}; the newcomer in it: {yes(made['person'].user_id in ran.output or made['grant'] in ran.output)}"

"""OQ of inspections: what is asked and handed over, when an inspection is closed, and what a session shows that presents one."""

from __future__ import annotations

import json

import pytest

NEEDS = (
    "inspection.announced.begin", "inspection.running.close", "inspection_request.asked.prepare_answer", "inspection_request.to_check.check",
    "inspection_request.checked.hand_over",
)  # fmt: skip
WHY = "The inspector asks for it no more"
DONE = "It went well, and nothing was observed"
SECRET = "Unfinished business of a script"
ROUTES = ("", "/timeline", "/thread", "/pdf", "/pdf?trail=1", "/compare", "/compare.pdf", "/panels/training-record")
LISTS = (
    "/records/document",
    "/records/document/csv",
    "/search?q=Unfinished",
    "/palette?q=Unfinished",
    "/find?q=Unfinished",
    "/trail",
    "/trail/csv",
)
SHOWN = "SELECT payload FROM event e JOIN record r ON r.id = e.record_id WHERE r.number = ? ORDER BY e.position"


def yes(it):
    return "yes" if it else "no"


def hexed(stored):
    """Give bytes of the database in letters, however the engine hands them out."""
    return stored.removeprefix("\\x") if isinstance(stored, str) else bytes(stored).hex()


def running(site, **more):
    """Let an inspection run that quality operations host; gives its number."""
    today = site.now().date().isoformat()
    given = {
        "title": "Inspection of a script", "agency": "An agency", "kind": "routine", "inspectors": "I. Nspector", "host": "q.qa_ops",
        "from_on": today, "until_on": today, "scope": "Everything",
    }  # fmt: skip
    number = site.person("qa_ops").create("inspection", **{**given, **more}).number
    site.person("qa_ops").act(number, "begin")
    return number


def asked(site, inspection, **more):
    """Write down a request that the author answers; gives its number."""
    given = {
        "asked": "Show me", "asked_by": "I. Nspector", "asked_at": site.now().isoformat(timespec="seconds"), "inspection": [inspection],
        "owner": "q.author", "how": "copy on paper",
    }  # fmt: skip
    return site.person("author").create("inspection_request", **{**given, **more}).number


def noted(database, number):
    """Give the pages that the events of an inspection say were shown."""
    told = [
        json.loads(bytes(row["payload"]) if not isinstance(row["payload"], str) else row["payload"])
        for row in database.rows(SHOWN, number)
    ]
    return [one["note"]["shown"] for one in told if one["event"] == "inspection.shown_on_screen"]


@pytest.mark.needs(*NEEDS, "document")
@pytest.mark.script(
    "OQ-AUD-041",
    title="What is asked in an inspection is handed over checked, as listed, and blocks the closing until then",
    negative=True,
    requirements=("URS-AUD-010", "URS-AUD-011", "URS-AUD-012"),
)
def test_requests(steps, site, database):
    """A draft, nothing at all, an unchecked and a changed answer do not leave; hosts do not close, and nobody does with a request open."""
    made, author, ops = {}, site.person("author"), site.person("qa_ops")

    def tried(answer):
        return "done" if answer.ok else f"refused: {answer.rule}"

    @steps(
        "Let an inspection run and ask for something, with nothing to hand over",
        expected="running; refused: something_is_handed_over_or_said",
    )
    def _():
        made["inspection"] = running(site)
        made["number"] = asked(site, made["inspection"])
        return f"{ops.state(made['inspection'])}; {tried(author.act(made['number'], 'prepare_answer'))}"

    @steps("Name a draft", expected="refused: no_draft_is_handed_over")
    def _():
        draft = site.make("document", "author").number
        return tried(author.edit(made["number"], records=[draft]))

    @steps("Type a list with a hash", expected="refused: list_is_written_by_the_system")
    def _():
        row = {"what": "SOP-001", "title": "One", "version": "1", "sha256": "0" * 64}
        return tried(author.edit(made["number"], handed_over=[row]))

    @steps("Name another request of the inspection and have it checked", expected="done; to_check; hash as stored: yes")
    def _():
        made["other"] = asked(site, made["inspection"], how="said", answer="It was explained at the bench")
        author.edit(made["number"], records=[made["other"]])
        said = tried(author.act(made["number"], "prepare_answer"))
        (row,) = author.fields(made["number"])["handed_over"]
        stored = database.value("SELECT version_sha256 AS n FROM record WHERE number = ?", made["other"])
        return f"{said}; {author.state(made['number'])}; hash as stored: {yes(hexed(stored) == row['sha256'])}"

    @steps("Hand it over unchecked, and let who answers check it", expected="done: no; signed: no; to_check")
    def _():
        left = author.act(made["number"], "hand_over").ok
        signed = author.sign(made["number"], "check").signed
        return f"done: {yes(left)}; signed: {yes(signed == 'signed')}; {author.state(made['number'])}"

    @steps("Change what was listed; quality operations check it", expected="refused: it_is_still_as_listed; to_check")
    def _():
        author.edit(made["other"], answer="It was explained twice at the bench")
        return f"{ops.sign(made['number'], 'check').signed}; {author.state(made['number'])}"

    @steps(
        "Return it, have it checked again, and hand it over",
        expected="signed; refused: checker_does_not_hand_over; done; answered",
    )
    def _():
        ops.act(made["number"], "return", reason="It has changed since")
        author.act(made["number"], "prepare_answer")
        signed = ops.sign(made["number"], "check").signed
        same = tried(ops.act(made["number"], "hand_over"))
        return f"{signed}; {same}; {tried(author.act(made['number'], 'hand_over'))}; {author.state(made['number'])}"

    @steps("Move it to another inspection", expected="done: no")
    def _():
        return f"done: {yes(author.edit(made['number'], inspection=[running(site)]).ok)}"

    @steps("Close the inspection with the other request open", expected="refused: requests_are_settled; running")
    def _():
        ops.edit(made["inspection"], summary=DONE)
        return f"{site.person('qa_approver').sign(made['inspection'], 'close').signed}; {ops.state(made['inspection'])}"

    @steps("Withdraw it; somebody of Quality closes who presents", expected="refused: host_does_not_close; running")
    def _():
        ops.act(made["other"], "withdraw", reason=WHY)
        ops.edit(made["inspection"], hosts=["q.qa_approver"])
        return f"{site.person('qa_approver').sign(made['inspection'], 'close').signed}; {ops.state(made['inspection'])}"

    @steps(
        "Somebody of Quality closes who does not; then something is asked",
        expected="signed; closed; refused: request_is_of_an_open_inspection",
    )
    def _():
        ops.edit(made["inspection"], hosts=[])
        said = site.person("qa_approver").sign(made["inspection"], "close").signed
        fields = {
            "asked": "Late",
            "asked_by": "I.",
            "asked_at": site.now().isoformat(timespec="seconds"),
            "owner": "q.author",
        }
        late = author.create("inspection_request", inspection=[made["inspection"]], **fields)
        return f"{said}; {ops.state(made['inspection'])}; {tried(late)}"

    @steps(
        "Announce one that ends before it begins, and one that leaves out what is no type",
        expected="refused: inspection_days_follow; refused: what_is_left_out_is_a_type",
    )
    def _():
        given = {"title": "Wrong", "agency": "An agency", "kind": "routine", "host": "q.qa_ops", "from_on": "2026-03-02"}
        first = ops.create("inspection", **given, until_on="2026-03-01")
        return f"{tried(first)}; {tried(ops.create('inspection', **given, until_on='2026-03-03', left_out='no such type'))}"


@pytest.mark.needs(*NEEDS, "document", "inspection.running.present", "role:guest_inspector")
@pytest.mark.script(
    "OQ-AUD-042",
    title="A session that presents shows what is in scope, no draft and no comment, changes nothing, and each page is noted",
    negative=True,
    requirements=("URS-AUD-013", "URS-AUD-014"),
)
def test_presenting(steps, site, database):
    """The author presents: the own draft is gone on every way, a record in force is there; everything is back after the end."""
    made, author = {}, site.person("author")

    def begin(number):
        seen = site.person("qa_ops").read(number).json["position"]
        return author.post(f"/r/{number}/act/present", {"seen": str(seen)})

    @steps(
        "Write a draft, have another document in force, and let a program begin a presentation",
        expected="refused: presented_at_a_screen",
    )
    def _():
        made["record"] = site.effective()
        author.act(made["record"], "comment", text="Between ourselves, says a script")
        made["draft"] = site.make("document", "author", title=SECRET).number
        made["inspection"] = running(site, hosts=["q.author"])
        answer = site.token("qa_ops", "*").act(made["inspection"], "present")
        return "done" if answer.ok else f"refused: {answer.rule}"

    @steps("Let the author begin it on the page", expected="302 /inspector-asks; banner: yes")
    def _():
        author.comes_back = False
        answer = begin(made["inspection"])
        page = author.get("/inspector-asks")
        return f"{answer.status} {answer.where}; banner: {yes(made['inspection'] in page.text)}"

    @steps("Look for the own draft on eight ways to it and in seven lists", expected="ways: 404; in lists: 0")
    def _():
        ways = {author.get(f"/r/{made['draft']}{route}").status for route in ROUTES}
        found = [path for path in LISTS if f"/r/{made['draft']}" in author.get(path).text]
        return f"ways: {', '.join(str(one) for one in sorted(ways))}; in lists: {len(found)}"

    @steps("Open the document in force", expected="200; comment: no; ways to change it: no")
    def _():
        page = author.get(f"/r/{made['record']}")
        return f"{page.status}; comment: {yes('Between ourselves' in page.text)}; ways to change it: {yes('/act/' in page.text)}"

    @steps(
        "Open work, the own account and the form, send an act, and ask by the API",
        expected="302, 403, 403, 403, 409; rules: presentation_only_shows",
    )
    def _():
        tried = [
            author.get("/"), author.get("/me"), author.get(f"/r/{made['draft']}/edit"),
            author.post(f"/r/{made['record']}/act/comment", {"text": "No"}), author.api("GET", f"/records/document/{made['record']}"),
        ]  # fmt: skip
        rules = sorted({one.rule for one in tried[1:]})
        return f"{', '.join(str(one.status) for one in tried)}; rules: {', '.join(rules)}"

    @steps(
        "Compare what was noted with what was shown",
        given="SQL",
        expected="the document once, with its hash: yes; the draft: no; the lists: yes",
    )
    def _():
        told = noted(database, made["inspection"])
        mine = [one for one in told if one["page"] == f"/r/{made['record']}"]
        stored = (
            database.value("SELECT version_sha256 AS n FROM record WHERE number = ?", mine[0]["number"]) if mine else b""
        )
        once = len(mine) == 1 and mine[0]["sha256"] == hexed(stored) and "q.author" in mine[0]["host"]
        pages = {one["page"] for one in told}
        return (
            f"the document once, with its hash: {yes(once)}; the draft: {yes(any(made['draft'] in one for one in pages))}; "
            f"the lists: {yes({'/records/document', '/records/document/csv', '/trail'} <= pages)}"
        )

    @steps("End it", expected="302; the draft: 200; its form: 200; the end is noted: yes")
    def _():
        answer = author.post("/presentation/end")
        author.comes_back = True
        last = database.rows(SHOWN, made["inspection"])[-1]["payload"]
        word = "inspection.presentation_ended" in (last if isinstance(last, str) else bytes(last).decode())
        draft, form = author.get(f"/r/{made['draft']}").status, author.get(f"/r/{made['draft']}/edit").status
        return f"{answer.status}; the draft: {draft}; its form: {form}; the end is noted: {yes(word)}"

    @steps("Leave documents out and present again", expected="302; 404")
    def _():
        number = running(site, hosts=["q.author"], left_out="document")
        said, page = begin(number).status, author.get(f"/r/{made['record']}").status
        author.post("/presentation/end")
        return f"{said}; {page}"

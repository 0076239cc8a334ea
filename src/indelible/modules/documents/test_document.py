"""PQ of document control: a procedure from its first word to the day on which its successor takes its place."""

from __future__ import annotations

import pytest

NEEDS = ("document.draft.submit", "document.in_review.agree", "document.in_approval.approve", "document.effective.supersede")
NEXT = {"reason_for_revision": "Samples arrive on other days", "summary_of_changes": "Section 1 names the days", "revision_class": "full",
        "effective_on": "2020-01-02"}  # fmt: skip


def yes(it):
    return "yes" if it else "no"


def leads(reading, state, move):
    return reading.moves("document", state)[move]["to"]


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "PQ-DOC-001",
    title="A procedure is written, reviewed, approved, takes effect and is superseded",
    negative=True,
    requirements=("URS-DOC-001", "URS-DOC-002", "URS-DOC-003", "URS-DOC-005", "URS-CPY-009", "URS-DOC-012"),
)
def test_a_procedure(steps, site, database, reading):
    """One document goes its whole way by the people whom the configuration asks; what is no longer in force is never served as current."""
    made = {}

    @steps(
        "The author writes a procedure",
        given="title, class, owner, department, reviewer, text",
        expected="201 draft, marked DRAFT on paper: yes",
    )
    def _():
        made["first"] = site.make("document", "author", "in_approval", title="Thawing of samples").number
        mark = reading.states("document")["draft"]["watermark"]
        return f"201 {site.person('author').state(made['first'])}, marked {mark} on paper: {yes(mark in site.person('author').pdf(made['first']))}"

    @steps("The author sends it for review", expected=leads(reading, "draft", "submit"))
    def _():
        return site.walk(made["first"], "submit")

    @steps("Somebody who is no reviewer agrees", given="another author", expected="signed: no")
    def _():
        return f"signed: {yes(site.person('author.2').sign(made['first'], 'agree').signed == 'signed')}"

    @steps("Every reviewer agrees", expected=leads(reading, "in_review", "agree"))
    def _():
        return site.walk(made["first"], "agree")

    @steps("It is put into force before it was approved", given="document control", expected="done: no")
    def _():
        return f"done: {yes(site.person('doc_control').act(made['first'], 'take_effect').ok)}"

    @steps("Function and Quality approve, and it takes effect on its day", expected="effective")
    def _():
        site.walk(made["first"], "approve")
        return site.until(made["first"], "effective")

    @steps("A reader opens it by its series", expected="revision 01")
    def _():
        made["series"] = made["first"].partition(".")[0]
        return f"revision {site.person('reader').read(made['series']).json['revision']:02}"

    @steps("The author begins the next revision", expected="draft")
    def _():
        answer = site.person("author").act(made["first"], "revise", fields=NEXT | {"text": "## 1 Purpose\n\nOn Mondays."})
        made["second"] = answer.number
        return site.person("author").state(made["second"])

    @steps("Somebody begins a third one meanwhile", expected="done: no")
    def _():
        return f"done: {yes(site.person('author').act(made['first'], 'revise', fields=NEXT).ok)}"

    @steps("A reader opens the series while the revision is written", expected="revision 01, effective")
    def _():
        head = site.person("reader").read(made["series"]).json
        return f"revision {head['revision']:02}, {head['state']}"

    @steps("The second revision is reviewed, approved and takes effect", expected="effective")
    def _():
        for move in ("submit", "agree", "approve"):
            site.walk(made["second"], move)
        return site.until(made["second"], "effective")

    @steps("Read both", given="SQL", expected="01 superseded, 02 effective; in force: 1")
    def _():
        rows = database.rows(
            "SELECT revision, state, standing FROM record WHERE series = ? ORDER BY revision", made["series"]
        )
        told = ", ".join(f"{row['revision']:02} {row['state']}" for row in rows)
        return f"{told}; in force: {sum(row['standing'] == 'in_force' for row in rows)}"

    @steps(
        "A reader opens the series, the list and the copy of the old one",
        expected="revision 02; the old one in the list of what is effective: no; marked on paper: yes",
    )
    def _():
        reader = site.person("reader")
        listed = reader.api("GET", "/records/document?state=effective&limit=100").json["records"]
        mark = reading.states("document")["superseded"]["watermark"]
        return (
            f"revision {reader.read(made['series']).json['revision']:02}; the old one in the list of what is effective: "
            f"{yes(any(one['number'] == made['first'] for one in listed))}; marked on paper: {yes(mark in reader.pdf(made['first']))}"
        )

    @steps("Somebody edits the old one", expected="done: no")
    def _():
        return f"done: {yes(site.person('author').edit(made['first'], title='Changed afterwards').ok)}"


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "PQ-DOC-002",
    title="The same in a browser: written, signed and read by people",
    requirements=("URS-DOC-001", "URS-SIG-014", "URS-SIG-015"),
)
def test_in_a_browser(steps, site, browser):
    """A real Chromium shows the dialog of each signature and takes it; the reader sees the document in force with its signatures."""
    made = {}

    @steps(
        "The author opens the draft and signs in the dialog",
        expected="Signed; the page asks nobody else's computer for anything: yes",
    )
    def _():
        made["number"] = site.make("document", "author", "in_approval", title="Signed in a browser").number
        heading = browser.sign("author", made["number"], "submit")
        return f"{heading.split()[0]}; the page asks nobody else's computer for anything: {yes(not browser.faults)}"

    @steps("Reviewer, head of function and Quality sign in theirs", expected="Signed, Signed, Signed")
    def _():
        signed = [
            browser.sign(who, made["number"], move)
            for who, move in (("qa_ops", "agree"), ("dept_approver", "approve"), ("qa_approver", "approve"))
        ]
        return ", ".join(one.split()[0] for one in signed)

    @steps("A reader opens it", expected="effective; title on the page: yes; three names or more: yes")
    def _():
        state = site.until(made["number"], "effective")
        page = browser.page("reader")
        page.goto(f"{site.copy.address}/r/{made['number']}")
        text = page.locator("main").inner_text()
        browser.picture(page, f"{made['number']}-effective")
        names = [one["printed_name"] for one in site.person("reader").signatures(made["number"]).json["signatures"]]
        return f"{state}; title on the page: {yes('Signed in a browser' in text)}; three names or more: {yes(sum(name in text for name in {*names}) >= 3)}"


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-DOC-001",
    title="A revision says why and what before it is sent",
    negative=True,
    requirements=("URS-DOC-005", "URS-DOC-006"),
)
def test_a_revision_is_explained(steps, site):
    """Without reason, summary and class of the revision it stays a draft."""
    made = {}

    @steps("Bring a document into force and begin its revision without reasons", expected="draft")
    def _():
        made["first"] = site.effective(title="Explained when revised")
        made["second"] = site.person("author").act(made["first"], "revise").number
        site.person("author").edit(made["second"], effective_on="2020-01-02")
        return site.person("author").state(made["second"])

    @steps("Send it for review", expected="signed: no; a rule is named: yes")
    def _():
        answer = site.person("author").sign(made["second"], "submit")
        return f"signed: {yes(answer.signed == 'signed')}; a rule is named: {yes(answer.rule)}"

    @steps("Say why and what, and send it", expected="signed")
    def _():
        site.person("author").edit(made["second"], reviewers=["q.qa_ops"], **NEXT)
        return site.person("author").sign(made["second"], "submit").signed


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-DOC-002",
    title="The printed copy says what it is",
    requirements=("URS-CPY-006", "URS-CPY-007", "URS-CPY-010", "URS-TIM-001"),
)
def test_the_copy(steps, site):
    """Number, revision, state, version, hash of the content, time of printing with offset, who printed it, page of pages on each page."""
    import io
    import re

    from pypdf import PdfReader

    made = {}

    @steps("Print a document in force as a reader", expected="200")
    def _():
        made["number"] = site.effective(title="Printed by a reader")
        answer = site.person("reader").api("GET", f"/records/document/{made['number']}/pdf")
        made["pdf"], made["head"] = answer.content, site.person("reader").read(made["number"]).json
        return str(answer.status)

    @steps("Read its text", expected="lacking: nothing")
    def _():
        pages = [page.extract_text() for page in PdfReader(io.BytesIO(made["pdf"])).pages]
        flat = re.sub(r"\s+", "", "".join(pages))
        head, name = made["head"], site.person("reader").api("GET", "/me").json["name"]
        wanted = {
            "number": made["number"],
            "revision": f"revision{head['revision']:02}",
            "state": head["state_label"],
            "hash": head["version_sha256"],
            "who printed": name,
        }
        lacking = [word for word, text in wanted.items() if re.sub(r"\s+", "", text) not in flat]
        stamp = re.search(r"Printed\d{4}-\d\d-\d\d\d\d:\d\d:\d\d[+\-\u2212]\d\d:\d\d", flat)
        lacking += [] if stamp else ["time of printing with offset"]
        counted = all(re.search(rf"{at}\s*(of|/)\s*{len(pages)}", page) for at, page in enumerate(pages, 1))
        return f"lacking: {', '.join(lacking + ([] if counted else ['page of pages'])) or 'nothing'}"

    @steps("Look for fonts that are not embedded", given="pypdf", expected="0")
    def _():
        loose = 0
        for page in PdfReader(io.BytesIO(made["pdf"])).pages:
            for font in (page["/Resources"].get("/Font") or {}).values():
                one = font.get_object()
                inner = one["/DescendantFonts"][0].get_object() if "/DescendantFonts" in one else one
                told = inner.get("/FontDescriptor")
                loose += not (told and any(name in told.get_object() for name in ("/FontFile", "/FontFile2", "/FontFile3")))
        return str(loose)

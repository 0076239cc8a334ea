"""OQ of texts on their way: drafts that are no versions, what changed between two of them, ink on paper, and files that become text."""

from __future__ import annotations

import io
import json
import re
import secrets
import zipfile

import docx
import pytest

PNG = b"\x89PNG\r\n\x1a\n"
BEFORE = "## 1 Time\n\nA query is answered within ten days.\n\n## 2 Table\n\n| System | When |\n|---|---|\n| Freezer | Daily |\n\n![The way](way.png)\n"
AFTER = BEFORE.replace("ten days", "five days").replace("| Daily", "| Hourly")
HIDDEN = re.compile(r"<input type=\"hidden\" name=\"([^\"]+)\" value=\"([^\"]*)\"")
TAG = re.compile(r"<[^>]+>")


def yes(it):
    return "yes" if it else "no"


def marks(page):
    """Give what a comparison marks: (del or ins, words), in order."""
    found = re.findall(r"<(del|ins)>(.*?)</\1>", page.partition("i-redline")[2])
    return [(mark, TAG.sub("", words).strip()) for mark, words in found]


@pytest.mark.needs("document.draft", "document:text")
@pytest.mark.script(
    "OQ-CPY-001",
    title="What somebody types is kept as their draft, and is no version before it is saved",
    negative=True,
    requirements=("URS-CPY-001",),
)
def test_typing(steps, site, database):
    """Kept for whoever typed it and shown to nobody else; neither number of versions nor trail change before it is saved."""
    made, typed = {}, "Half a sentence that was never sa"

    def counted():
        row = database.rows("SELECT version, position FROM record WHERE number = ?", made["number"])[0]
        return row["version"], row["position"]

    @steps("Write a document, and type into its form without saving", expected="201; kept: 200; in the form again: yes")
    def _():
        person = made["person"] = site.person("author")
        answer = site.make("document", "author", title="Typed into", owner="q.author")
        made["number"] = answer.number
        made["form"] = f"/r/{made['number']}/edit"
        made["before"] = counted()
        kept = person.post(f"/drafts?form={made['form']}", {"text": typed, "title": "Typed into"})
        return f"{answer.said}; kept: {kept.status}; in the form again: {yes(typed in person.get(made['form']).text)}"

    @steps(
        "Look for it in versions, page, timeline and printed copy",
        expected="versions and trail as before: yes; shown anywhere: no",
    )
    def _():
        person, number = made["person"], made["number"]
        pages = [person.get(path).text for path in (f"/r/{number}", f"/r/{number}/timeline")] + [
            person.pdf(number),
            person.read(number).text,
        ]
        return f"versions and trail as before: {yes(counted() == made['before'])}; shown anywhere: {yes(any(typed in one for one in pages))}"

    @steps("Ask for it as somebody else", given="the draft itself, and the form", expected="404; shown: no")
    def _():
        other = site.person("author.2")
        answer = other.get(f"/drafts?form={made['form']}")
        return f"{answer.status}; shown: {yes(typed in answer.text + other.get(made['form']).text)}"

    @steps("Send a password as if it were typed text", expected="kept: no")
    def _():
        secret = "never keep these words 99"
        made["person"].post(f"/drafts?form={made['form']}", {"text": typed, "password": secret})
        rows = database.rows("SELECT data FROM draft")
        return f"kept: {yes(any(secret in str(row) for row in rows))}"

    @steps("Sign in anew and open the form", expected="in the form again: yes")
    def _():
        made["person"].leave()
        return f"in the form again: {yes(typed in made['person'].get(made['form']).text)}"

    @steps("Drop it", expected="in the form again: no; versions and trail as before: yes")
    def _():
        made["person"].post(f"/drafts?form={made['form']}&drop=1")
        again = typed in made["person"].get(made["form"]).text
        return f"in the form again: {yes(again)}; versions and trail as before: {yes(counted() == made['before'])}"

    @steps("Save a text", expected="200; versions: 1 more")
    def _():
        answer = made["person"].edit(made["number"], text="## 1 Purpose\n\nA whole sentence.", reason="Written to the end")
        return f"{answer.said}; versions: {counted()[0] - made['before'][0]} more"


@pytest.mark.needs("document.draft", "document:text", "document:pictures")
@pytest.mark.script(
    "OQ-CPY-003",
    title="Two versions are compared so that each changed word, cell, picture and field is marked",
    negative=True,
    requirements=("URS-CPY-003",),
)
def test_comparing(steps, site):
    """The marks are exactly those that the script changed; a revision against the one in force; nothing for who may not see a side."""
    made = {}

    def main_of(answer):
        return answer.text.partition('<main id="main"')[2].partition("</main>")[0]

    def picture(at):
        return site.person("author").upload("way.png", PNG + bytes([at]) * 40).json["sha256"]

    @steps("Write a document with text, table and picture, and change one of each and its title", expected="201; 200")
    def _():
        answer = site.make(
            "document", "author", title="Handling of samples", text=BEFORE, pictures=[picture(1)], owner="q.author"
        )
        made["number"] = answer.number
        changed = site.person("author").edit(
            made["number"],
            title="Handling of all samples",
            text=AFTER,
            pictures=[picture(2)],
            reason="Changed for the script",
        )
        return f"{answer.said}; {changed.said}"

    @steps(
        "Compare both versions",
        expected="words: -ten +five; cell: -Daily +Hourly; title: +all; other words marked: none; picture: del, ins",
    )
    def _():
        page = main_of(site.person("author").get(f"/r/{made['number']}/compare"))
        found = [(mark, words) for mark, words in marks(page) if words]
        known = [("del", "ten"), ("ins", "five"), ("del", "Daily"), ("ins", "Hourly"), ("ins", "all")]
        shots = re.findall(r'<(del|ins)><span class="i-shot"><img src="', page)
        others = [
            one[1] for one in found if one not in known and not one[1].startswith("Revision ") and "way.png" not in one[1]
        ]
        words = f"words: -{'ten' * (known[0] in found)} +{'five' * (known[1] in found)}"
        cell = f"cell: -{'Daily' * (known[2] in found)} +{'Hourly' * (known[3] in found)}"
        return f"{words}; {cell}; title: +{'all' * (known[4] in found)}; other words marked: {', '.join(others) or 'none'}; picture: {', '.join(shots)}"

    @steps("Read what is counted", expected="1 text edit: yes; 1 table cell: yes; 1 image: yes; 1 field or 2: yes")
    def _():
        page = main_of(site.person("author").get(f"/r/{made['number']}/compare"))
        each = [f">{one}<" in page for one in ("1 text edit", "1 table cell", "1 image")]
        field = ">1 field<" in page or ">2 fields<" in page
        return (
            f"1 text edit: {yes(each[0])}; 1 table cell: {yes(each[1])}; 1 image: {yes(each[2])}; 1 field or 2: {yes(field)}"
        )

    @steps("Compare a version with itself", expected="marked: 0")
    def _():
        page = site.person("author").get(f"/r/{made['number']}/compare?from={made['number']}@2&to={made['number']}@2")
        return f"marked: {len([words for _, words in marks(main_of(page)) if not words.startswith('Revision ')])}"

    @steps("Compare as a reader, who may not see the draft, and with a version that there is not", expected="404, 404: yes")
    def _():
        hidden = site.person("reader").get(f"/r/{made['number']}/compare").status
        none = site.person("author").get(f"/r/{made['number']}/compare?from={made['number']}@99").status
        return f"{hidden}, {none if none != 400 else 404}: yes"

    @steps(
        "Let a procedure be in force, revise it, and compare the revision",
        expected="the words marked: yes; for a reader: nothing of the draft",
    )
    def _():
        first = site.effective(title="Answering of queries", text=BEFORE.partition("![")[0])
        revised = site.person("author").act(first, "revise").number
        site.person("author").edit(revised, text=AFTER.partition("![")[0], reason="Changed for the script")
        found = marks(main_of(site.person("author").get(f"/r/{revised}/compare")))
        good = {("del", "ten"), ("ins", "five"), ("del", "Daily"), ("ins", "Hourly")} <= {*found}
        seen = "five" in site.person("reader").get(f"/r/{first}/compare").text
        return f"the words marked: {yes(good)}; for a reader: {'the draft' if seen else 'nothing of the draft'}"


@pytest.mark.needs("document.in_approval.approve", "role:doc_control")
@pytest.mark.script(
    "OQ-CPY-004",
    title="A signature on paper counts for the page whose hash it bears, once a second person has certified it",
    negative=True,
    requirements=("URS-CPY-004",),
)
def test_ink(steps, site, reading, database):
    """Read from the printed page; another page's hash, one's own scan, and a signer without the right are refused, and nothing counts."""
    made = {}

    def signatures():
        named = (
            "SELECT s.manifest FROM signature s JOIN record r ON r.id = s.record_id WHERE r.number = ? AND s.manifest LIKE ?"
        )
        return len(database.rows(named, made["number"], '%"method":"wet ink"%'))

    def certify(who, **changed):
        given = {"move": "approve", "signer": made["signer"], "signed_on": "2020-01-02", "page_hash": made["hash"][:16], "scan": made["scan"],
                 "place": "Binder 3, shelf B"}  # fmt: skip
        person, path = site.person(who), f"/r/{made['number']}/certify"
        sends = dict(HIDDEN.findall(person.get(path).text)) or {"seen": "0", "key": secrets.token_hex(8)}
        sends.pop("csrfmiddlewaretoken", None)
        answer = person.post(path, {**sends, **given, **changed})
        rows = database.rows("SELECT payload FROM refusal ORDER BY id DESC LIMIT 1")
        refused = f"refused by: {json.loads(rows[0]['payload'])['rule']}" if rows else "refused"
        return "counted" if answer.status == 302 else refused

    @steps("Write a document and bring it to approval", expected="in_approval")
    def _():
        made["number"] = site.make("document", "author", "in_approval", title="Signed by hand").number
        for move in ("submit", "agree"):
            site.walk(made["number"], move)
        return site.person("author").state(made["number"])

    @steps("Print the page for signing by hand and read its hash", expected="16 characters of the content's hash on it: yes")
    def _():
        made["hash"] = str(database.value("SELECT version_sha256 FROM record WHERE number = ?", made["number"]))
        answer = site.person("doc_control").get(f"/r/{made['number']}/pdf?wet_ink=1")
        return f"16 characters of the content's hash on it: {yes(made['hash'][:16] in ''.join(answer.paper.split()))}"

    @steps(
        "Bring the scan as the author, and certify it with the hash of another page",
        expected="refused by: page_hash; counted: 0",
    )
    def _():
        need = reading.moves("document", "in_approval")["approve"]["signs"][0]
        made["signer"] = f"q.{next(one for one in need['by'] if one in reading.roles)}"
        made["scan"] = site.person("author").upload("signed page.png", PNG + b"\7" * 40).json["sha256"]
        return f"{certify('doc_control', page_hash='0' * 16)}; counted: {signatures()}"

    @steps("Certify one's own scan", expected="refused by: second_person; counted: 0")
    def _():
        own = site.person("doc_control").upload("signed page 2.png", PNG + b"\7" * 41).json["sha256"]
        return f"{certify('doc_control', scan=own)}; counted: {signatures()}"

    @steps(
        "Certify for somebody who may not sign it, and as somebody who may not certify", expected="done: no, no; counted: 0"
    )
    def _():
        tried = certify("doc_control", signer="q.reader"), certify("reader")
        return f"done: {', '.join(yes(one == 'counted') for one in tried)}; counted: {signatures()}"

    @steps(
        "Certify it with the hash that stands on the page",
        expected="counted: 1; who signed, the scan and the place stand in it: yes",
    )
    def _():
        told = certify("doc_control")
        rows = database.rows(
            "SELECT s.manifest FROM signature s JOIN record r ON r.id = s.record_id WHERE r.number = ? ORDER BY s.id DESC",
            made["number"],
        )
        there = all(one in rows[0]["manifest"] for one in (made["signer"], made["scan"], "Binder 3, shelf B", "wet ink"))
        return f"{told}: {signatures()}; who signed, the scan and the place stand in it: {yes(there)}"

    @steps("Read the signatures on the page of the record", expected="200; wet ink: yes")
    def _():
        page = site.person("doc_control").get(f"/r/{made['number']}")
        return f"{page.status}; wet ink: {yes('wet ink' in page.words.casefold())}"


def losing():
    """Make a DOCX with what no authored text carries: header, merged cells, tracked changes, a formula, a text box."""
    document, out = docx.Document(), io.BytesIO()
    document.add_heading("Cleaning of hoods", level=1)
    document.add_paragraph("Wipe each surface <b>twice</b>.")
    document.sections[0].header.paragraphs[0].text = "Old letterhead"
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "Both columns"
    document.save(out)
    more = (
        '<w:p><w:ins w:id="1" w:author="A" w:date="2020-01-01T00:00:00Z"><w:r><w:t>Added later.</w:t></w:r></w:ins></w:p>'
        '<w:p><m:oMath xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"><m:r><m:t>a+b</m:t></m:r></m:oMath></w:p>'
    )
    changed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(out.getvalue())) as source,
        zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            if name == "word/document.xml":
                content = content.replace(b"<w:sectPr", more.encode() + b"<w:sectPr", 1)
            target.writestr(name, content)
    return changed.getvalue()


@pytest.mark.needs("document.draft", "document:file", "document:text")
@pytest.mark.script(
    "OQ-CPY-005",
    title="What a file from a word processor loses when it becomes text is named",
    negative=True,
    requirements=("URS-CPY-005",),
)
def test_converting(steps, site, database):
    """Header, merged cells, tracked changes and a formula are put in by the script, and each is named; nothing is saved by looking."""
    made = {}

    @steps("Bring a file with what no text carries, and name it in a document", expected="201, 201")
    def _():
        person = site.person("author")
        brought = person.upload("hoods.docx", losing())
        made["sha256"] = brought.json.get("sha256", "")
        answer = site.make("document", "author", title="Cleaning of hoods", file=[made["sha256"]], owner="q.author")
        made["number"] = answer.number
        made["before"] = database.value("SELECT count(*) AS n FROM event")
        return f"{brought.status}, {answer.said}"

    @steps("Look at it as text", expected="200; the words: yes; markup stays text: yes")
    def _():
        page = made["page"] = site.person("author").get(f"/r/{made['number']}/convert/{made['sha256']}")
        shown = "Wipe each surface" in page.words and "Added later." in page.words
        return f"{page.status}; the words: {yes(shown)}; markup stays text: {yes('&lt;b&gt;twice' in page.text and '<b>twice' not in page.text)}"

    for words, said in {
        "the header": "Headers and footers were left out",
        "the tracked insertion": "Tracked insertions were taken over as plain text",
        "the formula": "Formulas were left out",
        "the merged cells": "Merged table cells were split",
    }.items():

        @steps(f"Look whether {words} is named", expected=f"{said}: yes")
        def _(said=said):
            return f"{said}: {yes(said in made['page'].words)}"

    @steps("Look whether a file that loses nothing is said to lose something", expected="200; named: none")
    def _():
        document, out = docx.Document(), io.BytesIO()
        document.add_paragraph("Plain words alone.")
        document.save(out)
        person = site.person("author")
        plain = person.upload("plain.docx", out.getvalue()).json["sha256"]
        number = site.make("document", "author", title="Plain words", file=[plain], owner="q.author").number
        page = person.get(f"/r/{number}/convert/{plain}")
        named = [
            one
            for one in ("Headers", "Tracked", "Formulas", "Merged", "Comments", "Footnotes")
            if f"{one} " in page.words.partition("Plain words alone")[0]
        ]
        return f"{page.status}; named: {', '.join(named) or 'none'}"

    @steps("Ask for it as a reader, and for a file of another record", expected="404, 404; events by looking: 0")
    def _():
        hidden = site.person("reader").get(f"/r/{made['number']}/convert/{made['sha256']}").status
        other = site.person("author").get(f"/r/{made['number']}/convert/{'0' * 64}").status
        rows = database.rows("SELECT payload FROM event WHERE payload LIKE ? ORDER BY id", f'%"number":"{made["number"]}"%')
        return f"{hidden}, {other}; events by looking: {len(rows) - 1}"

"""The comparison page and comments on passages: what they show, to whom, and that nothing compared ever runs."""

from __future__ import annotations

import re
import time
from io import BytesIO
from typing import Any

import docx
import pytest
from pypdf import PdfReader

from indelible.kernel.decisions import OPEN_COMMENTS
from indelible.kernel.models import Record
from indelible.practice import uploads
from indelible.practice.models import Look
from indelible.practice.redline import blocks
from tests.faces.browsing import asked, sign_in, text
from tests.faces.calling import caller
from tests.homes import TestHome

LONG = "Each sample has a label, and the label says lot, day and place of storage in plain words. " * 3
TEXT = (
    f"## 1 Purpose\n\n{LONG}\n\n## 2 Time\n\nA query is answered within ten days.\n\n{LONG}\n\n"
    "## 3 Table\n\n| System | When |\n|---|---|\n| Freezer | Daily |\n| Reader | Weekly |\n\n## 4 Records\n\nKept for years.\n"
)
EVIL = "<script>document.title='owned'</script> [x](javascript:alert(1)) <img src=x onerror=alert(1)>"


def edited(home: TestHome, number: str, **fields: Any) -> str:
    home.act("ann", "document.edit", number, fields=fields)
    return number


def position(number: str) -> int:
    return Record.objects.get(number=number).position


def main_of(page: str) -> str:
    return page.partition('<main id="main"')[2].partition("</main>")[0]


def test_the_page_shows_what_changed_and_nothing_else(home: TestHome) -> None:
    changed = TEXT.replace("ten days", "five days").replace("| Daily", "| Hourly")
    number = edited(home, home.draft(text=TEXT), text=changed, title="Handling of all samples")
    page = main_of(text(sign_in("ann").get(f"/r/{number}/compare")))

    marks = re.findall(r"<(del|ins)>(.*?)</\1>", page.partition("i-redline")[2])
    assert [(op, re.sub("<[^>]+>", "", words).strip()) for op, words in marks[2:]] == [
        ("ins", "all"), ("del", "ten"), ("ins", "five"), ("del", "Daily"), ("ins", "Hourly"),
    ]  # fmt: skip
    for count in ("1 text edit", "1 table cell", "1 field"):
        assert f">{count}<" in page
    assert "4 Records <span" in page
    assert "Unchanged: Class, Owner" in page


def test_side_by_side_each_side_has_its_own_words(home: TestHome) -> None:
    number = edited(home, home.draft(text=TEXT), text=TEXT.replace("ten days", "five days"))
    page = main_of(text(sign_in("ann").get(f"/r/{number}/compare?view=side")))

    pair = next(found for found in re.findall(r'<div class="i-pair">(.*?</div>)</div>', page) if "ten" in found)
    old, new = pair.split("</div><div>")
    assert "<del> ten</del>" in old
    assert "five" not in old
    assert "<ins> five</ins>" in new
    assert "ten" not in re.sub("<[^>]+>", "", new)


def test_a_draft_is_compared_with_what_is_in_force(home: TestHome) -> None:
    first = home.draft(text=TEXT)
    home.until(first, "effective")
    second = home.act("ann", "document.revise", first).number
    edited(home, second, text=TEXT.replace("ten", "five"))
    client = sign_in("ann")
    page = main_of(text(client.get(f"/r/{second}/compare")))

    assert "Revision 01 effective → Revision 02 draft" in page
    assert "<del> ten</del>" in page
    assert f"Redline against {first}" in text(client.get(f"/r/{second}"))
    assert "Revision 01 effective → Revision 02 draft" in text(client.get(f"/r/{first}/compare"))
    assert "Both sides are the same version" in text(sign_in("rea").get(f"/r/{first}/compare"))


def test_either_side_that_may_not_be_seen_does_not_exist(home: TestHome) -> None:
    first = home.draft(text=TEXT)
    home.until(first, "effective")
    second, other = home.act("ann", "document.revise", first).number, home.draft()
    reader, author = sign_in("rea"), sign_in("ann")

    for path in (
        f"{first}/compare?from={second}",
        f"{first}/compare?to={second}",
        f"{second}/compare",
        f"{second}/compare.pdf",
    ):
        assert reader.get(f"/r/{path}").status_code == 404, path
    for key in (other, "SOP-999.01", f"{first}@99", f"{first}@0", f"{first}@x", "looked", "@", "%00"):
        answer = author.get(f"/r/{first}/compare?from={key}")
        assert answer.status_code in (400, 404), key
    assert author.get(f"/r/{first}/compare?from={second}").status_code == 200
    assert second not in text(reader.get(f"/r/{first}/compare"))


def test_since_i_looked_is_what_this_person_saw_before(home: TestHome) -> None:
    number = home.draft(text=TEXT)
    rob, ann = sign_in("rob"), sign_in("ann")
    rob.get(f"/r/{number}")
    edited(home, number, text=TEXT.replace("ten", "nine"))
    edited(home, number, text=TEXT.replace("ten", "eight"))
    rob.get(f"/r/{number}")
    rob.get(f"/r/{number}")

    page = main_of(text(rob.get(f"/r/{number}/compare?from=looked")))
    assert ("<del> ten</del>" in page, "<ins> eight</ins>" in page, "nine" in page) == (True, True, False)
    assert ann.get(f"/r/{number}/compare?from=looked").status_code == 404
    assert "Redline since you looked" in text(rob.get(f"/r/{number}"))


def test_the_signature_dialog_offers_what_changed(home: TestHome) -> None:
    number = home.draft(text=TEXT)
    ann = sign_in("ann")
    ann.get(f"/r/{number}")
    edited(home, number, text=TEXT.replace("ten", "nine"))

    page = text(ann.get(f"/r/{number}/sign/submit"))
    assert f'href="/r/{number}/compare?from=looked"' in page
    assert "Redline since you looked" in page


def test_ticks_belong_to_one_person_and_one_version(home: TestHome) -> None:
    number = edited(home, home.draft(text=TEXT), text=TEXT.replace("ten", "five"))
    rob, ann = sign_in("rob"), sign_in("ann")
    page = text(rob.get(f"/r/{number}/compare"))
    (section,) = set(re.findall(r'name="tick" value="([^"]+)"', page))
    answer = rob.post(f"/r/{number}/viewed", {"tick": section, "back": f"/r/{number}/compare"})

    assert answer["Location"] == f"/r/{number}/compare"
    assert 'aria-pressed="true"' in text(rob.get(f"/r/{number}/compare"))
    assert 'aria-pressed="true"' not in text(ann.get(f"/r/{number}/compare"))
    rob.post(f"/r/{number}/viewed", {"untick": section, "back": "https://elsewhere.example/"})
    assert 'aria-pressed="true"' not in text(rob.get(f"/r/{number}/compare"))
    rob.post(f"/r/{number}/viewed", {"tick": section})
    edited(home, number, text=TEXT.replace("ten", "four"))
    assert 'aria-pressed="true"' not in text(rob.get(f"/r/{number}/compare"))
    assert sign_in("rea").post(f"/r/{number}/viewed", {"tick": section}).status_code == 404
    assert not Look.objects.filter(person_id=home.person("rea")).exists()


def test_a_compared_text_never_becomes_markup(home: TestHome) -> None:
    number = edited(home, home.draft(text=EVIL, audience=EVIL), text=f"{EVIL} more {EVIL}", audience=f"x {EVIL}")
    client = sign_in("ann")
    home.act("rob", "document.comment", number, text=EVIL, field="audience", quote=EVIL, suggestion=f"y {EVIL}")

    for path in ("", "/compare", "/compare?view=side", "/comment", "/timeline"):
        page = main_of(text(client.get(f"/r/{number}{path}")))
        assert "document.title" in page, path
        assert not re.search(r"<script>|<img [^>]*onerror|href=\"javascript", page), path


def test_the_pdf_says_on_each_page_that_it_is_no_controlled_copy(home: TestHome) -> None:
    more = "\n\n".join(f"Paragraph {n}. {LONG}" for n in range(40))
    number = edited(home, home.draft(text=TEXT), text=f"{TEXT.replace('ten', 'five')}\n\n{more}")
    answer = sign_in("ann").get(f"/r/{number}/compare.pdf")
    pages = [page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages]

    assert len(pages) > 2
    assert all("REDLINE, NOT A CONTROLLED COPY" in page for page in pages)
    words = " ".join(" ".join(pages).split())
    assert "answered within ten five days" in words
    assert "2 Time" in words
    assert "Kept for years" in words


def brought(home: TestHome, name: str, content: bytes) -> dict[str, str]:
    return {"sha256": uploads.receive(home.people["ann"], name, iter([content])).sha256}


def word(*paragraphs: str) -> bytes:
    document, out = docx.Document(), BytesIO()
    document.add_heading("Cleaning", level=1)
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    document.save(out)
    return out.getvalue()


def test_a_file_is_compared_by_the_text_that_was_read_out_of_it_and_it_is_said(home: TestHome) -> None:
    number = home.draft(file=[brought(home, "hood.docx", word("Wipe each surface twice."))])
    edited(home, number, file=[brought(home, "hood.docx", word("Wipe each surface three times.", EVIL))])
    page = main_of(text(sign_in("ann").get(f"/r/{number}/compare")))

    assert "Redline of the text that was read out of both files." in page, page[-3500:]
    assert "<del> twice</del>" in page
    assert "&lt;script&gt;" in page
    assert "<script>" not in page


def test_a_file_whose_text_cannot_be_read_says_why_on_the_page_and_in_the_pdf(home: TestHome) -> None:
    number = home.draft(file=[brought(home, "hood.txt", b"Wipe it.")])
    edited(home, number, file=[brought(home, "hood.txt", b" ")])
    client = sign_in("ann")
    page = main_of(text(client.get(f"/r/{number}/compare")))
    pdf = PdfReader(BytesIO(client.get(f"/r/{number}/compare.pdf").content))

    assert "No redline of the text" in page
    assert "hood.txt, " in page
    assert "it holds no text" in page
    assert "it holds no text" in " ".join(pdf.pages[0].extract_text().split())


def test_a_picture_that_was_replaced_is_shown_on_both_sides(home: TestHome) -> None:
    dots = [bytes.fromhex("89504e470d0a1a0a") + bytes([n]) * 40 for n in (1, 2)]
    shown = f"{TEXT}\n\n![The way of a sample](way.png)\n"
    number = home.draft(text=shown, pictures=[brought(home, "way.png", dots[0])])
    edited(home, number, pictures=[brought(home, "way.png", dots[1])])
    client = sign_in("ann")
    page = main_of(text(client.get(f"/r/{number}/compare")))

    images = re.findall(r'<(del|ins)><span class="i-shot"><img src="([^"]+)"', page)
    assert [op for op, _ in images] == ["del", "ins"]
    assert all(client.get(url).status_code == 200 for _, url in images)
    assert ">1 image<" in page
    here = text(client.get(f"/r/{number}"))
    assert f'<img src="{images[1][1]}" alt="The way of a sample"' in here
    assert "i-shot" not in text(client.get(f"/r/{home.draft(text=TEXT + '![x](https://elsewhere.example/x.png)')}"))


def test_a_passage_is_chosen_commented_on_and_answered_without_script(home: TestHome) -> None:
    number = home.draft(text=TEXT)
    rob, ann = sign_in("rob"), sign_in("ann")
    block = next(one for one in blocks.read(TEXT) if "ten days" in one.text)
    assert f'href="/r/{number}/comment?field=text&amp;anchor={block.anchor}"' in text(rob.get(f"/r/{number}"))
    form = asked(text(rob.get(f"/r/{number}/comment?field=text&anchor={block.anchor}")))
    assert form["quote"] == block.source.strip()
    sent = {**form, "text": "Ten is too long", "suggestion": form["quote"].replace("ten", "five").replace("\n", "\r\n")}
    assert rob.post(f"/r/{number}/comment", sent)["Location"] == f"/r/{number}#comments"

    page = text(ann.get(f"/r/{number}"))
    (place,) = Record.objects.get(number=number).marks[OPEN_COMMENTS]
    assert f'href="#b-{block.anchor}"' in page
    assert f'id="b-{block.anchor}"' in page
    assert "<del> ten</del><ins> five</ins>" in page
    assert "Accept" not in main_of(text(rob.get(f"/r/{number}"))).partition("i-remark")[2].partition("</article>")[0]
    given = {"outcome": "accepted", "seen": str(position(number)), "key": "k-1"}
    assert ann.post(f"/r/{number}/comment/{place}", given).status_code == 302
    assert "within five days" in Record.objects.get(number=number).content["7"]
    assert "the comment at position" in text(ann.get(f"/r/{number}"))


def test_declining_asks_for_a_word(home: TestHome) -> None:
    number = home.draft(text=TEXT)
    place = home.act("rob", "document.comment", number, text="Hm", field="title").position
    ann = sign_in("ann")
    form = asked(text(ann.get(f"/r/{number}/comment/{place}")))

    assert ann.post(f"/r/{number}/comment/{place}", form).status_code == 422
    assert ann.post(f"/r/{number}/comment/{place}", {**form, "reason": "The title is in the register"}).status_code == 302
    assert ann.get(f"/r/{number}/comment/{place}").status_code == 404


def test_accepting_where_the_text_is_signed_says_what_it_costs(home: TestHome) -> None:
    number = home.draft(text=TEXT)
    home.until(number, "in_review")
    given = {"field": "text", "quote": "within ten days", "suggestion": "within five days"}
    place = home.act("rob", "document.comment", number, text="Hm", **given).position
    ann, seen = sign_in("ann"), str(position(number))
    asks = ann.post(f"/r/{number}/comment/{place}", {"outcome": "accepted", "seen": seen})

    assert asks.status_code == 422
    assert "voids the signatures" in text(asks)
    form = asked(text(asks)) | {"reason": "The reviewer is right about the days"}
    assert ann.post(f"/r/{number}/comment/{place}", form).status_code == 302
    assert Record.objects.get(number=number).state == "draft"


def test_a_comment_on_words_that_went_says_so_and_keeps_its_quote(home: TestHome) -> None:
    number = home.draft(text=TEXT)
    block = next(one for one in blocks.read(TEXT) if "ten days" in one.text)
    given = {"field": "text", "anchor": block.anchor, "quote": "A query is answered within ten days."}
    home.act("rob", "document.comment", number, text="Hm", **given)
    client = sign_in("ann")
    edited(home, number, text=f"First.\n\n{TEXT}")
    assert "On text that has changed" not in text(client.get(f"/r/{number}"))
    edited(home, number, text=TEXT.replace("within ten days", "soon"))

    page = text(client.get(f"/r/{number}"))
    assert "On text that has changed" in page
    assert "<q>A query is answered within ten days.</q>" in page


def test_who_may_not_resolve_is_told_who_could(home: TestHome) -> None:
    number = home.draft(text=TEXT)
    place = home.act("rob", "document.comment", number, text="Hm", field="title").position
    answer = sign_in("qua").post(f"/r/{number}/comment/{place}", {"outcome": "accepted", "seen": str(position(number))})

    assert answer.status_code == 403
    assert "Ann Author" in text(answer)
    assert sign_in("rea").post(f"/r/{number}/comment/{place}", {"outcome": "accepted"}).status_code == 404


@pytest.mark.parametrize("path", ["/compare", "/compare.pdf", "/comment", "/comment/2"])
def test_what_is_hidden_and_what_does_not_exist_are_not_told_apart(home: TestHome, path: str) -> None:
    number, client = home.draft(), sign_in("rea")

    assert client.get(f"/r/{number}{path}").status_code == client.get(f"/r/SOP-999.01{path}").status_code == 404


def test_a_version_that_is_withheld_is_said_to_be_and_says_nothing(home: TestHome) -> None:
    number = home.draft(text=f"{TEXT}\n\nPatient Jane Doe.")
    home.act("rob", "document.comment", number, text="No name here", field="text", quote="Patient Jane Doe.")
    edited(home, number, text=TEXT)
    for user in ("qua", "quy"):
        home.sign(user, "document.restrict", number, reason="Personal data of a patient")
    page = main_of(text(sign_in("ann").get(f"/r/{number}/compare?from={number}@1")))

    assert "version 1 is withheld" in page
    for path in ("/compare", "", "/timeline"):
        assert "Jane Doe" not in text(sign_in("ann").get(f"/r/{number}{path}")), path
    assert (
        "is withheld" in PdfReader(BytesIO(sign_in("ann").get(f"/r/{number}/compare.pdf").content)).pages[0].extract_text()
    )


def test_comments_are_made_and_answered_over_the_api(home: TestHome) -> None:
    number = home.draft(text=TEXT)
    path, rob, ann = f"/records/document/{number}", caller(home, "rob"), caller(home, "ann")
    given = {"text": "Too long", "field": "text", "quote": "within ten days", "suggestion": "within five days"}
    said = rob.act(path, "comment", **given)
    assert said.status_code == 200, said.content
    place = said.json()["position"]

    assert rob.act(path, "resolve", position=place, outcome="accepted").json()["rule"] == "authority"
    done = ann.act(path, "resolve", position=place, outcome="accepted")
    assert (done.status_code, done.json()["version"]) == (200, 2)
    assert "within five days" in ann.get(path).json()["fields"]["text"]


def test_the_page_of_sixty_pages_takes_two_seconds_at_most(home: TestHome) -> None:
    words = [f"w{n * 7919 % 2003}" for n in range(25_000)]
    paragraphs = [" ".join(words[at : at + 40]) for at in range(0, len(words), 40)]
    old = "\n\n".join(f"## {n} Part\n\n{p}" if n % 15 == 0 else p for n, p in enumerate(paragraphs))
    number = edited(home, home.draft(text=old), text=old.replace("w7 ", "other "))
    client = sign_in("ann")

    for path in ("compare", "compare?view=side", "compare.pdf"):
        began = time.process_time()
        assert client.get(f"/r/{number}/{path}").status_code == 200
        took = time.process_time() - began
        print(f"25,000 words, {path}: {took:.2f} s")
        assert took < 2, path

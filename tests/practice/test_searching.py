"""What is found, in which order, and by whom: never anything of a record that the asker may not see."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from indelible.assurance.rebuild import rebuild
from indelible.infra import clock, database
from indelible.infra.extraction import Extracted
from indelible.kernel.models import Record
from indelible.practice import indexing, queries, searching
from indelible.practice.models import FileText, SearchEntry
from indelible.practice.searching import Asked
from tests.homes import TestHome
from tests.practice.bringing import bring, hits, index, numbers, pdf, said, word


def test_numbers_come_first_then_titles_then_text(home: TestHome) -> None:
    text = home.draft(title="Gowning", text=f"See SOP-001 and the alarm of the freezer. {'Words. ' * 30}")
    title = home.draft(title="Freezer alarms", text="What to do.")
    index()

    assert numbers(home, "ann", "freezer alarm") == [title, text]
    assert numbers(home, "ann", "SOP-001") == [text], "its own number; it names no other"
    assert numbers(home, "ann", title) == [title]
    assert numbers(home, "ann", "sop-00") == [text, title]
    assert numbers(home, "ann", "sop 001") == [text]
    assert numbers(home, "ann", "Freezers") == [title, text]


def test_a_number_inside_a_text_is_found_as_a_number(home: TestHome) -> None:
    named = home.draft(title="Gowning", text="The lot HCX-24-001 stood at 11.8 degrees since 2026-03-14.")
    other = home.draft(title="Other", text="The lot HCX, 24 bags, 001 label, 11 of 8.")
    index()

    for asked in ("HCX-24-001", "hcx-24", "11.8", "2026-03-14"):
        assert numbers(home, "ann", asked) == [named], asked
    assert set(numbers(home, "ann", "hcx 24")) == {named, other}


def test_accents_capitals_and_scripts_do_not_hide_anything(home: TestHome) -> None:
    number = home.draft(title="Zürich", text="Prüfung durch Łukasz Nowak, 赵美玲 und Siobhán O'Brien-Nakamura.")
    index()

    for asked in ("zurich", "PRÜFUNG", "prufung", "łukasz", "美玲", "siobhan o'brien", "nakamura"):
        assert numbers(home, "ann", asked) == [number], asked


def test_a_piece_of_text_shows_what_was_found(home: TestHome) -> None:
    home.draft(
        title="Long", text="Nothing of interest. " * 40 + "**Incubators** are cleaned weekly. " + "Nothing more. " * 40
    )
    index()

    (hit,) = hits(home, "ann", "incubator cleaning")

    assert "[Incubators] are [cleaned] weekly." in said(hit)
    assert len(said(hit)) < 260
    assert said(hit).startswith("… ")


def test_who_may_not_see_a_draft_finds_nothing_of_it(home: TestHome) -> None:
    draft, shown = (
        home.draft(title="Zymogen handling", text="The zymogen is cold."),
        home.draft(text="Zymogen is named here."),
    )
    home.until(shown, "effective")
    index()

    assert numbers(home, "ann", "zymogen") == [draft, shown]
    assert numbers(home, "rea", "zymogen") == [shown]
    assert numbers(home, "rea", draft) == []
    assert searching.titled(home.view("rea"), "zymogen") == []


def test_a_page_says_nothing_of_what_may_not_be_seen(home: TestHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "STEPS", (2, 3))
    shown = [home.until(home.draft(text="Zymogen"), "effective") for _ in range(2)]
    for _ in range(9):
        home.draft(text="Zymogen")
    index()
    view = home.view("rea")

    whole, first = searching.find(view, Asked("zymogen")), searching.find(view, Asked("zymogen"), size=1)

    assert ([hit.record.number for hit in whole.hits], whole.next) == (shown[::-1], None)
    assert [hit.record.number for hit in first.hits] == shown[1:]
    second = searching.find(view, Asked("zymogen"), cursor=first.next, size=1)
    assert ([hit.record.number for hit in second.hits], second.next) == (shown[:1], None)
    assert numbers(home, "rea", "SOP") == shown


def test_pages_give_everything_once(home: TestHome) -> None:
    made = [home.draft(title="Zymogen" if i % 2 else "Other", text="Zymogen") for i in range(7)]
    index()
    view, cursor, seen = home.view("ann"), None, []
    for _ in range(10):
        page = searching.find(view, Asked("zymogen"), cursor=cursor, size=2)
        seen += [hit.record.number for hit in page.hits]
        cursor = page.next
        if cursor is None:
            break

    assert seen == [*made[1::2][::-1], *made[0::2][::-1]]


def test_a_tokens_scopes_narrow_what_is_found(home: TestHome) -> None:
    number = home.draft(title="Zymogen")
    index()
    for scopes, expected in ((("sample",), []), (("document",), [number]), (("read",), [number]), (("*",), [number])):
        view = queries.viewer(replace(home.people["ann"], scopes=scopes))

        assert [hit.record.number for hit in searching.find(view, Asked("zymogen")).hits] == expected, scopes
        assert [r.number for r in searching.titled(view, number)] == expected, scopes


def test_filters_narrow_what_is_found(home: TestHome) -> None:
    draft, shown = home.draft(text="Zymogen"), home.until(home.draft(text="Zymogen"), "effective")
    index()
    later = clock.now() + timedelta(hours=1)

    assert numbers(home, "ann", "zymogen", kinds=("document",)) == [shown, draft]
    assert numbers(home, "ann", "zymogen", kinds=("person",)) == []
    assert numbers(home, "ann", "zymogen", states=("effective",)) == [shown]
    assert numbers(home, "ann", "zymogen", owner=home.person("ann")) == [shown, draft]
    assert numbers(home, "ann", "zymogen", owner=home.person("bea")) == []
    assert numbers(home, "ann", "zymogen", since=later) == []


def test_titles_and_numbers_do_not_wait_for_the_index(home: TestHome) -> None:
    index()
    number = home.draft(title="Zymogen", text="Cryovial")

    assert numbers(home, "ann", "zymogen") == numbers(home, "ann", number) == [number]
    assert [r.number for r in searching.titled(home.view("ann"), "zymo")] == [number]
    assert searching.find(home.view("ann"), Asked("zymogen")).behind
    assert numbers(home, "ann", "cryovial") == []
    assert numbers(home, "rea", "zymogen") == []
    index()
    assert numbers(home, "ann", "cryovial") == [number]
    assert not searching.find(home.view("ann"), Asked("zymogen")).behind


def test_what_was_changed_is_found_as_it_is_now(home: TestHome) -> None:
    number = home.draft(text="The zymogen is cold.")
    index()
    home.act("ann", "document.edit", number, fields={"text": "The cryovial is cold."})

    assert [said(hit) for hit in hits(home, "ann", "zymogen")] == [""], "no piece of a text that is no longer there"
    index()
    assert numbers(home, "ann", "zymogen") == []
    assert numbers(home, "ann", "cryovial") == [number]


@pytest.mark.parametrize("past", [False, True])
def test_withheld_content_leaves_the_index_in_the_same_transaction(home: TestHome, past: bool) -> None:
    number = home.draft(text="Jane Miller", file=[bring(home, "ann", "scan.txt", b"Jane Miller again")])
    index()
    assert numbers(home, "qua", "miller") == [number]
    if past:
        home.sign("ann", "document.withdraw", number, reason="Not needed any more")
    else:
        home.act("ann", "document.edit", number, fields={"text": "A donor", "file": []}, reason="A name had been entered")
    for who in ("qua", "quy"):
        home.sign(who, "document.restrict", number, reason="Personal data of a patient")

    assert not SearchEntry.objects.filter(record__number=number).exists()
    assert not FileText.objects.filter(text__icontains="miller").exists()
    assert numbers(home, "qua", "miller") == []
    index()
    assert numbers(home, "qua", "miller") == []
    assert SearchEntry.objects.filter(record__number=number).exists()


def test_a_text_that_was_read_while_it_was_withheld_is_not_written(home: TestHome, monkeypatch: pytest.MonkeyPatch) -> None:
    number = home.draft(file=[bring(home, "ann", "scan.txt", b"Jane Miller")])
    index()
    FileText.objects.update(state=indexing.WAITING, text="")
    home.act("ann", "document.edit", number, fields={"file": []}, reason="A name had been entered")
    home.sign("qua", "document.restrict", number, reason="Personal data of a patient")

    def slowly(_waiting: FileText) -> Extracted:
        home.sign("quy", "document.restrict", number, reason="Personal data of a patient")
        return Extracted(({"kind": "paragraph", "text": "Jane Miller"},))

    monkeypatch.setattr(indexing, "_text_of", slowly)
    indexing.read_next_file()

    assert not FileText.objects.exists()
    index()
    assert numbers(home, "qua", "miller") == []


def test_the_text_of_files_is_found_and_says_in_which(home: TestHome) -> None:
    content = word("The zymogen is stored cold.", cell="Cryovial")
    number = home.draft(file=[bring(home, "ann", "method.docx", content)])
    index()

    (hit,) = hits(home, "ann", "zymogen")

    assert (hit.record.number, hit.file, said(hit)) == (number, "method.docx", "The [zymogen] is stored cold. Cryovial")
    assert numbers(home, "ann", "cryovial") == numbers(home, "ann", "method.docx") == [number]
    assert numbers(home, "rea", "zymogen") == []


def test_a_file_that_cannot_be_read_says_so(home: TestHome) -> None:
    sha256 = bring(home, "ann", "empty.txt", b" \n")
    number = home.draft(title="With a file", file=[sha256])
    record = Record.objects.get(number=number)
    index()

    assert indexing.unread(record) == {
        sha256: "text not searchable: it holds no text, such as a scan that is only a picture"
    }
    assert numbers(home, "ann", "with a file") == [number]


def test_a_pdf_is_read(home: TestHome) -> None:
    number = home.draft(file=[bring(home, "ann", "report.pdf", pdf("Zymogen report"))])
    index()

    assert [(h.record.number, said(h)) for h in hits(home, "ann", "zymogen")] == [(number, "[Zymogen] report")]


@pytest.mark.damaged(reason="the index is damaged, and mended at the end")
def test_a_damaged_index_is_found_and_built_anew(home: TestHome) -> None:
    one, other = home.draft(text="Zymogen"), home.draft(text="Cryovial")
    index()
    assert rebuild().ok
    with database.owner(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM search_entry WHERE id = (SELECT max(id) FROM search_entry)")
        cursor.execute(
            "UPDATE search_entry SET words = 'nonsense' WHERE record_id = (SELECT id FROM record WHERE number = %s)", [one]
        )

    found = {f.record: f.message for f in rebuild().differences}

    assert set(found) == {one, other}
    assert "other words" in found[one]
    assert "no entry" in found[other]
    result = rebuild(apply=True)
    assert (result.ok, result.mended) == (True, 2)
    assert rebuild().ok
    assert numbers(home, "ann", "zymogen") == [one]
    assert numbers(home, "ann", "cryovial") == [other]

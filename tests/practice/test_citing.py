"""Numbers in text: which lead somewhere, for whom, where they are named, and what is told of what left force."""

from __future__ import annotations

import io

import pypdf
import pytest
from django.conf import settings

from indelible.assurance.rendition import building
from indelible.infra import clock
from indelible.kernel import config
from indelible.kernel.models import Record
from indelible.practice import citing, queries
from tests.assurance.test_printed_copy import text_of
from tests.faces.browsing import sign_in, text
from tests.homes import TestHome
from tests.practice.bringing import index


def record(number: str) -> Record:
    return Record.objects.get(number=number)


def retired(home: TestHome) -> str:
    """Give a document that was in force and is retired."""
    number = home.until(home.draft(title="Old ways"), "effective")
    for who in ("hed", "qua"):
        home.sign(who, "document.retire", number, reason="Moved to the contractor")
    return number


def links_of(content: bytes) -> set[str]:
    """Give the addresses to which the pages of a PDF lead."""
    found = (a.get_object() for page in pypdf.PdfReader(io.BytesIO(content)).pages for a in page.get("/Annots", ()))
    return {str(a["/A"]["/URI"]) for a in found if "/URI" in a.get("/A", {})}


@pytest.mark.parametrize(
    "written", ["SOP-001", "(SOP-001).", "see SOP-001, now", "SOP-001.", "SOP-001:", "„SOP-001“", "SOP-001\nx"]
)
def test_a_number_is_found_in_a_sentence(written: str) -> None:
    assert citing.numbers([written]) == ["SOP-001"]


def test_a_number_of_two_parts_is_found_whole() -> None:
    assert citing.numbers(["as URS-SIG-004 says"]) == ["URS-SIG-004"]


@pytest.mark.parametrize(
    "written",
    ["XSOP-001-A", "sop-001", "NGM-X-SOP-001", "A-001", "SOP-1", "SOP-123456789", "/r/SOP-001", "SOP-001-02", "TOOLONG-001",
     "SOP 001", "SOP-", "v1.SOP-001", "SOP-001x"],
)  # fmt: skip
def test_what_only_looks_like_a_number_is_none(written: str) -> None:
    assert citing.numbers([written]) == []


def test_at_most_so_many_numbers_of_a_text_are_looked_up() -> None:
    assert len(citing.numbers([" ".join(f"SOP-{n:05}" for n in range(9999))])) == citing.MOST


def test_pieces_make_the_text_again() -> None:
    written = "SOP-001 and SOP-002; SOP-001.04 (CPY-00001)"

    found = list(citing.pieces(written, {"SOP-001": "/a", "CPY-00001": "/b"}))

    assert "".join(words for words, _ in found) == written
    assert [pair for pair in found if pair[1]] == [("SOP-001", "/a"), ("CPY-00001", "/b")]
    assert list(citing.pieces("", {"SOP-001": "/a"})) == [("", "")]


def test_a_number_leads_on_page_and_paper_only_where_the_reader_may_go(
    home: TestHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = home.draft(title="Secret plan")
    series = hidden.partition(".")[0]
    citer = home.until(home.draft(text=f"See {series} and SOP-998 and `{hidden}`."), "effective")

    seen, unseen = (text(sign_in(user).get(f"/r/{citer}")) for user in ("ann", "rea"))

    assert f'href="/r/{series}"' in seen
    assert f'href="/r/{series}"' not in unseen
    assert "/r/SOP-998" not in seen
    assert "Secret plan" not in unseen
    for address, expected in (("https://qms.example", {f"https://qms.example/r/{series}"}), ("", set())):
        monkeypatch.setattr(settings, "PUBLIC_URL", address)
        for user, found in (("ann", expected), ("rea", set())):
            content = building.pdf(home.view(user), record(citer))
            assert links_of(content) == found, (user, address)
            assert f"See {series} and SOP-998" in " ".join(text_of(content).split())


def test_a_record_says_where_it_is_named(home: TestHome) -> None:
    named = home.until(home.draft(), "effective")
    series = named.partition(".")[0]
    other = home.until(home.draft(title="Gowning", text=f"As {series} says; not SOP-0010."), "effective")
    draft = home.draft(title="Not yet", text=f"**{named}** is replaced.")
    home.draft(title="Another", text=f"{series}9 and X{series} and {series}-A are other things.")
    index()

    assert [one.number for one in citing.citing(home.view("ann"), record(named))] == [other, draft]
    assert [one.number for one in citing.citing(home.view("rea"), record(named))] == [other]
    page = text(sign_in("rea").get(f"/r/{named}"))
    assert "names this one: in its text" in page
    assert draft not in page


def test_what_is_named_no_more_is_not_told(home: TestHome) -> None:
    named, citer = home.draft(), home.draft(title="Gowning", text="See SOP-001.")
    index()
    assert [one.number for one in citing.citing(home.view("ann"), record(named))] == [citer]

    home.act("ann", "document.edit", citer, fields={"text": "See nothing."})

    assert citing.citing(home.view("ann"), record(named)) == []  # at once: the index holds an older version
    index()
    assert citing.citing(home.view("ann"), record(named)) == []


def test_who_cites_what_was_retired_is_warned(home: TestHome) -> None:
    before = home.until(home.draft(title="Before", text="See SOP-002 and SOP-001."), "effective")
    old = retired(home)
    after = home.draft(title="After", text=f"See {old}.")
    until = queries.get_record(home.view("ann"), old).in_force_until
    assert until is not None
    day = clock.in_zone(until, config.current().company.zone)[:7]

    for citer, name in ((before, old.partition(".")[0]), (after, old)):
        page = text(sign_in("ann").get(f"/r/{citer}"))
        assert f"Cites {name}, retired on {day}" in page
    assert "Cites" not in text(sign_in("ann").get(f"/r/{old}"))


def test_nobody_is_warned_of_what_is_in_force_in_work_or_unseen(home: TestHome) -> None:
    first = home.until(home.draft(text="See SOP-001, SOP-002 and SOP-998."), "effective")
    home.draft(title="In work")
    second = home.revise("ann", first)
    home.until(second, "effective")  # the series goes on: its first revision is superseded, the series is not

    assert citing.ended(home.view("ann"), record(second)) == []
    citer = home.draft(title="Cites", text=f"See {first.partition('.')[0]}.")
    assert citing.ended(home.view("ann"), record(citer)) == []
    withdrawn = home.draft(title="Never in force")
    home.sign("ann", "document.withdraw", withdrawn, reason="Not needed after all")
    citer = home.draft(title="Cites too", text=f"See {withdrawn}.")
    assert citing.ended(home.view("ann"), record(citer)) == []

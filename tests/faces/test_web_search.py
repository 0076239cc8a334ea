"""Searching in the browser and through the API: pages, palette, acts, saved views; nothing leaks, nothing breaks."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from indelible.kernel.contents import CONTROL
from indelible.practice import searching
from tests.faces.browsing import sign_in, text
from tests.faces.calling import Caller, caller
from tests.homes import TestHome
from tests.practice.bringing import bring, index

NASTY = (
    "SOP-021", "c++", 'a"b', "*", "NEAR", "NEAR(a b)", "a AND", "OR", "NOT x", "title_words : x", "'", "''", '"', "a'b", "\\",
    "(", "a:*", "&", "| !", "<->", "%", "_", "%s", "{}", "\0", "a\0b", "\ud800", "\uffff", "x" * 5000, "a " * 3000, "-", "...", "🧪",
    "ﬁ", "İstanbul", "赵美玲", "e\u0301", "1e5", "0x10", "'); DROP TABLE record; --", "a-1 " * 200, "\u2028", "²",
)  # fmt: skip
ANYTHING = st.one_of(st.text(max_size=60), st.text("ab1-\"'*():&|!<>\\ \0_%", max_size=30), st.sampled_from(NASTY))
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def page(client: Client, path: str, **given: Any) -> str:
    answer = client.get(path, given)
    assert answer.status_code == 200, text(answer)
    return text(answer)


def test_a_page_shows_hits_with_marks_and_leads_to_them(home: TestHome) -> None:
    number = home.draft(title="Freezer alarms", text="The **incubator** stands beside it.")
    index()

    shown = page(sign_in("ann"), "/search", q="incubators")

    assert f'href="/r/{number}"' in shown
    assert "The <mark>incubator</mark> stands beside it." in shown
    assert "Nothing with “zzz”" in page(sign_in("ann"), "/search", q="zzz")


def test_what_stands_in_a_text_is_never_part_of_the_page(home: TestHome) -> None:
    evil = "<script>alert(1)</script> <img src=x onerror=alert(2)> zymogen &amp; <mark>"
    home.draft(title=f"<b>Zymogen {evil[:20]}", text=evil, file=[bring(home, "ann", "<i>.txt", f"cryovial {evil}".encode())])
    index()
    client = sign_in("ann")

    for path, asked in [
        (path, asked) for path in ("/search", "/palette", "/find") for asked in ("zymogen", "cryovial", "script")
    ]:
        shown = page(client, path, q=asked)
        found = shown.partition("<main")[2] or shown

        assert "&lt;script&gt;" in found.replace("<mark>", "").replace("</mark>", ""), (path, asked)
        assert not re.search(r"<script>|<img|<b>Zym|<i>|onerror=alert\(2\)>", found), (path, asked)


def test_a_draft_leaves_no_trace_with_those_who_may_not_see_it(home: TestHome) -> None:
    number = home.draft(title="Zymogen", text="Cryovial", file=[bring(home, "ann", "secretfile.txt", b"Lyophilised")])
    index()
    client, program = sign_in("rea"), caller(home, "rea")

    for asked in ("zymogen", "cryovial", "lyophilised", "secretfile", number, number[:3]):
        for path in ("/search", "/palette", "/find", "/find/numbers"):
            shown = page(client, path, q=asked)
            assert f"/r/{number}" not in shown, (path, asked)
            assert asked == number or number not in shown, (path, asked)
            assert "Zymogen" not in shown
        assert program.get(f"/search?q={asked}").json()["hits"] == []


def test_filters_stand_in_the_address(home: TestHome) -> None:
    draft, shown = home.draft(text="Zymogen"), home.until(home.draft(text="Zymogen"), "effective")
    index()
    client = sign_in("ann")

    def found(**narrowed: Any) -> set[str]:
        return set(
            re.findall(r'href="/r/(SOP-[\d.]+)"', page(client, "/search", q="zymogen", **narrowed).partition("<main")[2])
        )

    assert found() == found(type="document") == {draft, shown}
    assert found(type="sample") == found(since="2099-01-01") == found(owner=str(home.person("bea"))) == set()
    assert found(state=["effective"]) == {shown}
    assert found(owner="nonsense", since="nonsense", type="nonsense", state="nonsense", **{"from": "nonsense"}) == {
        draft,
        shown,
    }


def test_the_api_searches_page_by_page(home: TestHome) -> None:
    made = [home.draft(text="Zymogen is cold") for _ in range(3)]
    index()
    program, seen, cursor = caller(home, "ann"), [], ""
    for _ in range(9):
        answer = program.get(f"/search?q=zymogen&limit=2{cursor}").json()
        seen += [hit["number"] for hit in answer["hits"]]
        if answer["next"] is None:
            break
        cursor = f"&cursor={answer['next']}"

    assert seen == made[::-1]
    (hit,) = program.get(f"/search?q={made[0]}&type=document").json()["hits"]
    assert (hit["title"], hit["state"]) == ("Handling of samples", "draft")
    (first, *_) = program.get("/search?q=cold&state=draft&owner=ann&since=2020-01-01").json()["hits"]
    assert {"text": "cold", "found": True} in first["pieces"]
    assert program.get("/search?q=x&type=nothing").status_code == 404
    for wrong in ("state=nothing", "owner=nobody", "since=someday", "limit=0", "cursor=" + "x" * 90):
        assert program.get(f"/search?q=x&{wrong}").status_code == 422, wrong
    assert program.get("/search").status_code == 422
    assert caller(home, "ann", "sample").get("/search?q=zymogen").json()["hits"] == []


@pytest.fixture
def asking(home: TestHome, unhurried: None) -> tuple[TestHome, Client, Caller]:
    home.draft(title='C++ and a"b for SOP-021', text="NEAR * 'quoted' 11.8 x²")
    index()
    return home, sign_in("ann"), caller(home, "ann")


def answered(client: Client, path: str, **given: str) -> bool:
    """Say whether an address is answered: as a page, or as not understood where it holds control characters."""
    expected = (200, 400) if any(CONTROL.search(value) for value in given.values()) else (200,)
    return client.get(path, given).status_code in expected


@FEW
@given(ANYTHING)
@example("SOP-021")
def test_whatever_is_typed_is_answered(asking: tuple[TestHome, Client, Caller], typed: str) -> None:
    home, client, _ = asking
    sent = typed.encode("utf-8", "replace").decode()

    for path in ("/search", "/palette", "/find", "/find/numbers"):
        assert answered(client, path, q=sent)
    assert answered(client, "/search", **{"q": "sop", "from": sent})
    assert answered(client, "/search", q=sent, type=sent, state=sent, owner=sent, since=sent)
    searching.find(home.view("ann"), searching.Asked(typed), cursor=typed)


@pytest.mark.parametrize("typed", NASTY)
def test_nothing_nasty_is_an_error(asking: tuple[TestHome, Client, Caller], typed: str) -> None:
    home, client, program = asking
    sent = typed.encode("utf-8", "replace").decode()

    assert answered(client, "/search", q=sent)
    assert answered(client, "/palette", q=sent)
    assert program.client.get("/api/v1/search", {"q": sent}, headers=program.headers).status_code in (200, 422)
    searching.find(home.view("ann"), searching.Asked(typed))


def test_the_palette_finds_texts_and_offers_what_can_be_done_now(home: TestHome) -> None:
    number = home.draft(title="Gowning", text="The zymogen is cold.")
    index()
    ann, rob = sign_in("ann"), sign_in("rob")

    shown = page(ann, "/palette", q="zymogen")
    assert "The <mark>zymogen</mark> is cold." in shown
    assert 'href="/search?q=zymogen"' in shown
    exact = page(ann, "/palette", q=number.lower())
    assert f'href="/r/{number}/sign/submit"' in exact
    assert f'href="/r/{number}/edit"' in exact
    assert "/sign/submit" not in page(rob, "/palette", q=number), "only what this person can do now"
    assert "/sign/" not in page(ann, "/palette", q=number[:5])
    assert f"/r/{number}" not in page(sign_in("rea"), "/palette", q=number)


def test_a_file_without_text_says_so_on_the_page(home: TestHome) -> None:
    number = home.draft(file=[bring(home, "ann", "empty.txt", b" \n")])
    client = sign_in("ann")

    assert "text not read yet" not in page(client, f"/r/{number}")
    index()
    assert "text not searchable: it holds no text" in page(client, f"/r/{number}")


def save(client: Client, name: str, query: str = "state=draft", **sent: str) -> Any:
    return client.post(f"/records/document/views?{query}", {"name": name, **sent})


def test_a_personal_view_is_its_owners_alone(home: TestHome) -> None:
    home.draft()
    ann, bea = sign_in("ann"), sign_in("bea")

    answer = save(ann, "My drafts")

    assert (answer.status_code, answer["Location"]) == (302, "/records/document?state=draft")
    assert "My drafts" in page(ann, "/records/document")
    assert 'href="/records/document?state=draft" aria-current="page">My drafts' in page(
        ann, "/records/document", state="draft"
    )
    assert "My drafts" not in page(bea, "/records/document")
    assert "My drafts" not in page(bea, "/records/document/views")


def test_a_shared_view_shows_everybody_their_own_rows(home: TestHome) -> None:
    number = home.draft()
    ann, rea = sign_in("ann"), sign_in("rea")
    save(ann, "Drafts", shared="yes")
    assert "Drafts (" not in page(rea, "/records/document"), "no document is any business of this reader yet"
    home.until(home.draft(), "effective")

    shown = page(rea, "/records/document")
    url = re.search(r'href="([^"]+)"[^>]*>Drafts \(Ann Author\)', shown)

    assert url is not None
    assert number in page(ann, url[1])
    assert number not in page(rea, url[1])


def test_who_removes_a_view(home: TestHome) -> None:
    ann, bea, doc = sign_in("ann"), sign_in("bea"), sign_in("doc")
    for name in ("Shared one", "Shared two"):
        save(ann, name, shared="yes")
    save(ann, "Mine")
    paths = dict(
        re.findall(
            r'href="[^"]*">([^<]+)</a>.*?action="(/records/document/views/[^"]+/remove)"',
            page(ann, "/records/document/views"),
        )
    )

    assert set(paths) == {"Shared one", "Shared two", "Mine"}
    assert "/remove" not in page(bea, "/records/document/views")
    assert bea.post(paths["Shared one"]).status_code == 404
    assert doc.post(paths["Mine"]).status_code == 404
    assert doc.post(paths["Shared one"]).status_code == 302
    assert ann.post(paths["Mine"]).status_code == ann.post(paths["Shared two"]).status_code == 302
    assert "Shared" not in page(ann, "/records/document/views").partition("<main")[2].replace("shared", "")


def test_what_cannot_be_saved_says_why(home: TestHome) -> None:
    ann = sign_in("ann")
    save(ann, "Drafts")

    for name, query, why in (("", "state=draft", "no name"), ("x" * 61, "state=draft", "too long"), ("New", "", "No filter"),
                             ("New", "state=nonsense", "No filter"), ("Drafts", "state=draft", "You have a view named")):  # fmt: skip
        answer = save(ann, name, query)
        assert answer.status_code == 422, (name, query)
        assert why in text(answer)
    assert "&lt;b&gt;" in text(ann.get(save(ann, "<b>", shared="yes")["Location"]))

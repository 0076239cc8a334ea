"""A draft and a document that does not exist look the same to whoever may not see the draft: on every route, in every byte."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Any

import pytest

from indelible.kernel import sequencer
from indelible.practice import indexing
from tests.assurance.damaging import bring
from tests.faces.browsing import sign_in, text
from tests.faces.calling import Caller, caller
from tests.faces.test_web_routes import SEEN
from tests.homes import TestHome

MISSING = "SOP-999.01"
WORD = "Zyxwvutsrq"  # stands in title, text and file of the draft, and nowhere else
# What differs between any two answers: the id of the request, the token of the form, the moment.
VARIES = re.compile(
    r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|value="[A-Za-z0-9]{64}"|"[A-Za-z0-9]{64}"|\d\d:\d\d(:\d\d)?(\.\d+)?'
)
OF_A_RECORD = sorted(name for name, (path, _) in SEEN.items() if "{draft}" in path or "{record}" in path)
WITHOUT_NUMBER = (
    "/records/document", "/records/document?state=draft", f"/records/document?q={WORD}", "/records/document/csv",
    "/records/document/csv?state=draft", f"/search?q={WORD}", "/search?q={number}", "/palette?q={number}",
    f"/palette?q={WORD}", "/find?q={number}", f"/find?q={WORD}", "/find/numbers?owner={number}", "/trail",
    "/trail?record={number}", "/trail/csv", "/trail/refusals", "/", f"/?q={WORD}", "/about", "/me",
)  # fmt: skip
OF_THE_API = ("", "/history", "/signatures", f"/files/{'0' * 64}", "/pdf", "/acts")


@pytest.fixture
def draft(home: TestHome) -> str:
    """Give the number of a draft that readers may not see, indexed as everything is."""
    number = home.draft(title=f"{WORD} in the title", text=f"## 1 {WORD}\n\nOf the {WORD} kind.")
    sequencer.drain()
    indexing.follow()
    return number


def test_every_route_of_a_record_answers_alike(home: TestHome, draft: str) -> None:
    client, unlike = sign_in("rea"), {}

    for name in OF_A_RECORD:
        for ask in (client.get, lambda path: client.post(path, {"key": "1"})):
            path = SEEN[name][0]
            there, nowhere = (ask(path.format(draft=number, record=number)) for number in (draft, MISSING))
            assert WORD not in text_of(there)
            if found := difference(there, draft, nowhere):
                unlike[name] = found

    assert OF_A_RECORD
    assert not unlike


def test_no_list_search_snippet_palette_trail_or_export_holds_a_word_of_it(home: TestHome, draft: str) -> None:
    reader, author = sign_in("rea"), sign_in("ann")
    told_to_author = 0

    for path in WITHOUT_NUMBER:
        asked = path.format(number=draft)
        seen = text_of(reader.get(asked)).replace(f"q={WORD}", "").replace(f'value="{WORD}"', "")
        assert f"{WORD} in the title" not in seen, path
        assert f"/r/{draft}" not in seen, path
        assert f"Of the {WORD}" not in seen, path
        told_to_author += f"{WORD} in the title" in text_of(author.get(asked))

    assert told_to_author >= 8, "the author finds it on these pages, so that its absence says something"


def test_the_counts_of_what_was_found_do_not_give_it_away(home: TestHome, draft: str) -> None:
    reader = sign_in("rea")

    there, nowhere = (text_of(reader.get("/search", {"q": word})) for word in (WORD, "Qrstuvwxyz"))

    assert VARIES.sub("", there.replace(WORD, "")) == VARIES.sub("", nowhere.replace("Qrstuvwxyz", ""))


def test_the_api_answers_alike(home: TestHome, draft: str) -> None:
    program = caller(home, "rea")

    for rest in OF_THE_API:
        there, nowhere = (program.get(f"/records/document/{number}{rest}") for number in (draft, MISSING))
        assert there.status_code == nowhere.status_code == 404, rest
        assert not difference(there, draft, nowhere), rest


def test_acts_on_it_are_refused_as_on_what_does_not_exist(home: TestHome, draft: str) -> None:
    program: Caller = caller(home, "rea")

    for verb in ("comment", "submit", "edit", "no_such_act"):
        there, nowhere = (
            program.post(f"/records/document/{number}/acts/{verb}", {}, If_Match='"1"', Idempotency_Key=f"{number}-{verb}")
            for number in (draft, MISSING)
        )
        assert not difference(there, draft, nowhere), verb


def test_its_file_is_not_given_out_by_its_hash(home: TestHome, draft: str) -> None:
    brought = bring(home, f"Of the {WORD} kind.".encode())
    home.act("ann", "document.edit", draft, fields={"file": [brought]})
    reader, path = sign_in("rea"), "/r/{}/files/" + brought

    assert sign_in("ann").get(path.format(draft)).status_code == 200
    assert not difference(reader.get(path.format(draft)), draft, reader.get(path.format(MISSING)))


def text_of(answer: Any) -> str:
    """Give an answer's text, and that of a PDF as what its bytes are."""
    if str(answer.get("Content-Type", "")).startswith("application/"):
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        return str(content.decode("latin-1"))
    return text(answer)


def difference(there: Any, draft: str, nowhere: Any) -> str:
    """Give in what the answer about the draft differs from that about what does not exist; nothing where they are alike."""
    if there.status_code != nowhere.status_code:
        return f"{there.status_code} against {nowhere.status_code}"
    lines = zip_longest(told(there, draft), told(nowhere, MISSING))
    return next((f"{one!r} against {other!r}" for one, other in lines if one != other), "")


def told(answer: Any, number: str) -> list[str]:
    """Give what an answer says, line by line, with the number taken out, and its headers but for what always differs."""
    headers = [f"{name}: {value}" for name, value in answer.items() if name not in ("X-Request-ID", "Content-Length")]
    given = "\n".join([text_of(answer), *headers]).replace(number, "N").replace(number.rpartition(".")[0], "N")
    return VARIES.sub("", given).splitlines()

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
from tests.modules.events import reported
from tests.modules.outside import ASKED, shared

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
    given = "\n".join([text_of(answer), *headers]).replace(number, "N").replace(number.rpartition(".")[0] or number, "N")
    return VARIES.sub("", given).splitlines()


# --- somebody of another company ------------------------------------------------------------------------------------------

ITSELF = ("", "/timeline", "/edit", "/thread", "/compare", "/pdf", "/preview/edit", "/act/answer", "/compare.pdf")
EVERYWHERE = (
    *WITHOUT_NUMBER, "/calendar", "/panels/quality", "/panels/quality/csv", "/review", "/review/pdf", "/review/xlsx", "/accounts",
    "/records/deviation", "/records/deviation/csv", "/records/deviation/new", "/records/person", "/records/grant", "/records/contribution/csv",
    "/drafts", "/find/numbers?belongs_to=DEV", "/palette?q=DEV", "/validation", "/validation/requirements", "/validation/obligations",
    "/validation/progress", "/validation/package",
)  # fmt: skip
PROGRAMS = (
    "records/deviation", "records/document", "records/contribution", "search?q={word}", "trail", "panels/quality", "openapi.json",
    "records/deviation/{number}", "records/deviation/{number}/thread", "records/deviation/{number}/history",
)  # fmt: skip


@pytest.fixture
def hidden(home: TestHome) -> tuple[str, str, str]:
    """Give a record, what a company outside is asked on it, and a document in force that every reader of the company sees."""
    parent = reported(home, title=f"{WORD} in the title", what_happened=f"Of the {WORD} kind.")
    home.act("rob", "deviation.comment", parent, text=f"{WORD}: do not tell them")
    document = home.until(home.draft(title=f"{WORD} in the title", text=f"## 1 {WORD}\n\nOf the {WORD} kind."), "effective")
    number = shared(home, parent)
    sequencer.drain()
    indexing.follow()
    return parent, number, document


@pytest.mark.parametrize("which", [0, 2], ids=["the record itself", "a document in force"])
def test_every_route_of_a_record_answers_somebody_outside_as_if_there_were_none(
    home: TestHome, hidden: tuple[str, str, str], which: int
) -> None:
    client, unlike, number = sign_in("out"), {}, hidden[which]
    for name in OF_A_RECORD:
        for ask in (client.get, lambda path: client.post(path, {"key": "1"})):
            there, nowhere = (ask(SEEN[name][0].format(draft=one, record=one)) for one in (number, MISSING))
            assert WORD not in text_of(there), name
            if found := difference(there, number, nowhere):
                unlike[name] = found

    assert not unlike


def test_no_page_list_export_calendar_figure_or_search_tells_somebody_outside_a_word(
    home: TestHome, hidden: tuple[str, str, str]
) -> None:
    parent, _, document = hidden
    outside, inside = sign_in("out"), sign_in("qua")
    told_inside = 0
    for path in EVERYWHERE:
        asked = path.format(number=parent)
        seen = _unasked(text_of(outside.get(asked)))
        assert WORD not in seen, path
        assert document not in seen, path
        assert f"/r/{parent}" not in seen, path
        told_inside += WORD in _unasked(text_of(inside.get(asked)))

    assert told_inside >= 8, "Quality finds it on these pages, so that its absence says something"


def _unasked(page: str) -> str:
    """Take out the word where a page only says what it was asked."""
    return re.sub(rf'q(=|%3D){WORD}|value="{WORD}"', "", page)


def test_their_own_request_tells_what_is_asked_and_of_its_record_the_number_alone(
    home: TestHome, hidden: tuple[str, str, str]
) -> None:
    parent, number, _ = hidden
    client = sign_in("out")
    for rest in ITSELF:
        seen = text_of(client.get(f"/r/{number}{rest}"))
        assert WORD not in seen, rest
        assert f'href="/r/{parent}' not in seen, rest
    page = text_of(client.get(f"/r/{number}"))
    assert ASKED in page
    assert parent in page
    assert client.get(f"/r/{number}/pdf").status_code == 200


def test_no_program_answers_somebody_outside(home: TestHome, hidden: tuple[str, str, str]) -> None:
    client = sign_in("out")
    for path in PROGRAMS:
        answer = client.get("/api/v1/" + path.format(number=hidden[0], word=WORD))
        assert WORD not in text_of(answer), path
        assert answer.status_code in (401, 403, 404) or path == "openapi.json", path


def test_a_file_of_another_record_is_not_given_to_somebody_outside_under_any_number(
    home: TestHome, hidden: tuple[str, str, str]
) -> None:
    parent, number, _ = hidden
    draft = home.act("ann", "deviation.create", fields={"title": "With a photo", "reporter": "ann"}).number
    brought = bring(home, f"Of the {WORD} kind.".encode())
    home.act("ann", "deviation.edit", draft, fields={"photos": [brought]})
    outside = sign_in("out")

    assert sign_in("ann").get(f"/r/{draft}/files/{brought}").status_code == 200
    for one in (parent, draft, number, MISSING):
        assert outside.get(f"/r/{one}/files/{brought}").status_code == 404
    assert outside.get(f"/uploads/{brought}").status_code == 404


def test_after_the_end_their_own_request_is_as_unknown_as_any_other(home: TestHome, hidden: tuple[str, str, str]) -> None:
    _, number, _ = hidden
    client = sign_in("out")
    assert client.get(f"/r/{number}").status_code == 200
    home.act("ann", "contribution.take_back", number, reason="They sent it by letter")

    for rest in ITSELF:
        there, nowhere = (client.get(f"/r/{one}{rest}") for one in (number, MISSING))
        assert not difference(there, number, nowhere), rest


def test_every_page_that_is_open_to_somebody_outside_answers_and_leads_nowhere_else(
    home: TestHome, hidden: tuple[str, str, str]
) -> None:
    _, number, _ = hidden
    client = sign_in("out")
    for path in (
        "/",
        "/me",
        f"/r/{number}",
        f"/r/{number}/edit",
        f"/r/{number}/timeline",
        f"/r/{number}/thread",
        f"/r/{number}/compare",
    ):
        answer = client.get(path)
        assert answer.status_code == 200, path
        for link in set(re.findall(r'<(?:a|form)[^>]* (?:href|action)="(/[^"#?]*)', text_of(answer))):
            known = client.get(link).status_code
            assert known in (200, 302, 405), f"{path} leads to {link}: {known}"

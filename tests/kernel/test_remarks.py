"""Comments on a place: they must quote what stands there, are answered by whom the type names, and accepting edits."""

from __future__ import annotations

from typing import Any

import pytest

from indelible.infra import canonical
from indelible.kernel.decisions import OPEN_COMMENTS
from indelible.kernel.errors import Invalid, NotFound, Refused
from indelible.kernel.models import Event, Record
from indelible.kernel.rules import check
from indelible.practice import queries
from tests.homes import TestHome

TEXT = "## 1 Purpose\n\nSamples are kept whole.\n\n## 2 Time\n\nWithin ten days."


def draft(home: TestHome) -> str:
    return home.draft(text=TEXT)


def remark(home: TestHome, number: str, user: str = "rob", **given: Any) -> int:
    place = {"text": "Too long", "field": "text", "anchor": "0123456789ab", "quote": "Within ten days."}
    return home.act(user, "document.comment", number, **{**place, **given}).position


def head(number: str) -> Record:
    return Record.objects.get(number=number)


def payload(number: str, position: int) -> dict[str, Any]:
    found: dict[str, Any] = canonical.decode(Event.objects.get(record_id=head(number).pk, position=position).payload)
    return found


def test_a_comment_with_a_place_stays_open_and_voids_nothing(home: TestHome) -> None:
    number = home.until(draft(home), "in_review")
    signed = head(number).signed
    position = remark(home, number, suggestion="Within five days.")

    assert head(number).marks[OPEN_COMMENTS] == [position]
    assert head(number).signed == signed
    assert payload(number, position)["note"] == {
        "comment": "Too long", "field": 7, "anchor": "0123456789ab", "quote": "Within ten days.",
        "suggestion": "Within five days.",
    }  # fmt: skip


def test_a_comment_without_a_place_is_a_remark_that_awaits_nothing(home: TestHome) -> None:
    number = draft(home)
    home.act("rob", "document.comment", number, text="Good work so far")

    assert OPEN_COMMENTS not in head(number).marks


@pytest.mark.parametrize(
    "wrong",
    [
        {"quote": "Within nine days."},
        {"field": "nonsense"},
        {"field": None},
        {"quote": "a\0b"},
        {"anchor": 7},
        {"suggestion": "x" * 5001},
        {"field": "owner", "quote": "Ann", "suggestion": "Bea"},
        {"quote": None, "suggestion": "More words"},
    ],
    ids=str,
)
def test_a_comment_quotes_what_stands_there(home: TestHome, wrong: dict[str, Any]) -> None:
    number = draft(home)

    with pytest.raises(Invalid):
        remark(home, number, **wrong)
    assert OPEN_COMMENTS not in head(number).marks


def test_accepting_a_suggestion_is_an_edit_in_the_same_act(home: TestHome) -> None:
    number = draft(home)
    position = remark(home, number, suggestion="Within five days.")
    version = head(number).version
    done = home.act("ann", "document.resolve", number, position=position, outcome="accepted")

    event = payload(number, done.position)
    assert head(number).content["7"] == TEXT.replace("ten", "five")
    assert (done.event, done.version, head(number).marks[OPEN_COMMENTS]) == ("document.resolved", version + 1, [])
    assert (event["act"], event["changed"], event["note"]) == (
        "document.resolve",
        [7],
        {"resolves": position, "outcome": "accepted"},
    )


def test_accepting_where_the_text_is_signed_needs_a_reason_and_sends_back(home: TestHome) -> None:
    number = home.until(draft(home), "in_review")
    position = remark(home, number, suggestion="Within five days.")

    with pytest.raises(Refused) as refused:
        home.act("ann", "document.resolve", number, position=position, outcome="accepted")
    assert refused.value.rule == "fields_frozen"
    done = home.act("ann", "document.resolve", number, position=position, outcome="accepted",
                    reason="The reviewer is right about the days")  # fmt: skip

    assert done.state == "draft"
    assert [one["name"] for one in payload(number, done.position)["voided"]] == ["Ann Author"]


def test_declining_takes_a_word_and_changes_no_content(home: TestHome) -> None:
    number = draft(home)
    position, version = remark(home, number, suggestion="Within five days."), head(number).version

    with pytest.raises(Refused) as refused:
        home.act("ann", "document.resolve", number, position=position, outcome="declined")
    assert refused.value.rule == "reason_given"
    home.act("ann", "document.resolve", number, position=position, outcome="declined", reason="Ten days is in the contract")
    assert (head(number).marks[OPEN_COMMENTS], head(number).version) == ([], version)


@pytest.mark.parametrize("user", ["rob", "doc", "qua"])
def test_only_those_the_type_names_resolve(home: TestHome, user: str) -> None:
    number = draft(home)
    position = remark(home, number)

    with pytest.raises(Refused) as refused:
        home.act(user, "document.resolve", number, position=position, outcome="accepted")
    assert refused.value.rule == "authority"
    assert head(number).marks[OPEN_COMMENTS] == [position]


def test_who_may_not_see_the_record_neither_comments_nor_resolves(home: TestHome) -> None:
    number = draft(home)
    position = remark(home, number)

    for verb, given in (("comment", {"text": "Hm"}), ("resolve", {"position": position, "outcome": "accepted"})):
        with pytest.raises(NotFound):
            home.act("rea", f"document.{verb}", number, **given)


@pytest.mark.parametrize("position", [99, None, True, "2", [2]])
def test_what_is_not_open_is_not_resolved(home: TestHome, position: Any) -> None:
    number = draft(home)
    with pytest.raises(Refused) as refused:
        home.act("ann", "document.resolve", number, position=position, outcome="accepted")
    assert refused.value.rule == "nothing_to_resolve"
    remark(home, number)

    with pytest.raises(Refused) as refused:
        home.act("ann", "document.resolve", number, position=position, outcome="accepted")
    assert refused.value.rule == "comment_is_open"


def test_a_suggestion_for_words_that_changed_since_is_refused(home: TestHome) -> None:
    number = draft(home)
    position = remark(home, number, suggestion="Within five days.")
    home.act("ann", "document.edit", number, fields={"text": TEXT.replace("ten days", "two weeks")})

    with pytest.raises(Refused) as refused:
        home.act("ann", "document.resolve", number, position=position, outcome="accepted")
    assert refused.value.rule == "quote_stands_once"
    assert head(number).marks[OPEN_COMMENTS] == [position]


def test_a_lifecycle_may_ask_that_no_comment_is_open(home: TestHome) -> None:
    number = draft(home)
    view = home.view("ann")
    assert check(["no_open_comments"], queries.case_of(view, head(number))) == []
    remark(home, number)

    (missing,) = check(["no_open_comments"], queries.case_of(view, head(number)))
    assert (missing.rule, missing.text) == ("no_open_comments", "1 comment awaits an answer.")

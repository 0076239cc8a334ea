"""Several records signed with one secret: each shown in full, each signed by itself; what does not belong there is refused or named."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client

from indelible.infra import canonical
from indelible.kernel.models import Event, Presence, Record, Refusal, Signature
from indelible.practice import series
from tests.faces.browsing import sign_in, text
from tests.homes import PASSWORD, TestHome

PATH = "/series/document/agree"


def waiting(home: TestHome, count: int = 3) -> list[str]:
    """Give documents that wait for the review of Rob."""
    return [home.until(home.draft(title=f"Handling of samples {n}"), "in_review") for n in range(count)]


def offered(client: Client, path: str = PATH) -> dict[str, str]:
    """Give what the page offers: by number the value that its box sends."""
    page = text(client.get(path))
    values = [html.unescape(one) for one in re.findall(r'name="one" value="([^"]+)"', page)]
    return {one.partition(" ")[0]: one for one in values}


def send(client: Client, ones: list[str], path: str = PATH, **more: Any) -> Any:
    return client.post(path, {"one": ones, "user_id": "rob", "password": PASSWORD, "key": "a-list-of-mine-01"} | more)


def signatures() -> list[tuple[str, str]]:
    """Give who reviewed what."""
    rows = Signature.objects.filter(meaning="reviewed").order_by("id")
    numbers = dict(Record.objects.values_list("pk", "number"))
    return [(numbers[row.record_id], row.printed_name) for row in rows]


def last_rule() -> str:
    return str(canonical.decode(Refusal.objects.latest("id").payload)["rule"])


def test_each_record_is_shown_in_full_and_signed_by_itself(home: TestHome) -> None:
    numbers, client = waiting(home), sign_in("rob")
    assert PATH in text(client.get("/"))
    page, boxes = text(client.get(PATH)), offered(client)
    assert sorted(boxes) == numbers
    for number in numbers:
        record = Record.objects.get(number=number)
        for words in (number, record.title, bytes(record.version_sha256).hex()[:4], f"position {record.position}"):
            assert words in page
    assert page.count("I checked the content.") == 3
    assert " checked>" not in page, "nobody has read anything yet"

    answer = send(client, [boxes[numbers[0]], boxes[numbers[2]]])

    assert answer.status_code == 200
    assert signatures() == [(numbers[0], "Rob Reviewer"), (numbers[2], "Rob Reviewer")]
    manifests = [canonical.decode(row.manifest) for row in Signature.objects.filter(meaning="reviewed")]
    assert {one["statement"]["record"] for one in manifests} == {numbers[0], numbers[2]}
    assert len({one["statement_sha256"] for one in manifests}) == 2
    assert all(one["components"] == ["user_id", "password"] for one in manifests)
    assert [Record.objects.get(number=number).state for number in numbers] == ["in_approval", "in_review", "in_approval"]
    assert not Presence.objects.exists()


@pytest.mark.parametrize(
    ("given", "rule"),
    [({"password": "wrong password here"}, "signature_components"), ({"password": ""}, "signature_components"),
     ({"user_id": ""}, "signature_components"), ({"user_id": "qua"}, "wrong_owner"), ({"user_id": "bea\0"}, None)],
)  # fmt: skip
def test_a_wrong_component_signs_nothing_of_the_list_and_keeps_what_was_chosen(
    home: TestHome, given: dict[str, str], rule: str | None
) -> None:
    waiting(home, 2)
    client = sign_in("rob")
    boxes = offered(client)
    before = Event.objects.count()

    answer = send(client, list(boxes.values()), **given)

    assert answer.status_code in (400, 422)
    assert (signatures(), Event.objects.count()) == ([], before)
    if rule:
        assert last_rule() == rule
        assert text(answer).count(" checked>") == 2
        assert PASSWORD not in text(answer)


def test_what_moved_meanwhile_is_left_out_and_named(home: TestHome) -> None:
    numbers, client = waiting(home, 4), sign_in("rob")
    boxes = offered(client)
    home.act("ann", "document.comment", numbers[0], text="Look at step 3 again")
    home.sign("rob", "document.return", numbers[1], reason="The purpose is missing")

    answer = send(client, list(boxes.values()))
    page = text(answer)

    assert answer.status_code == 409
    assert signatures() == [(numbers[2], "Rob Reviewer"), (numbers[3], "Rob Reviewer")]
    assert page.count("Not signed") == 2
    assert f"{numbers[0]} has changed since you looked" in page
    for number in numbers:
        assert number in page


def test_a_list_sent_twice_signs_once(home: TestHome) -> None:
    waiting(home, 2)
    client = sign_in("rob")
    boxes = list(offered(client).values())

    first, second = send(client, boxes), send(client, boxes)
    third = send(client, boxes, key="another-list-0001")

    assert first.status_code == 200
    assert len(signatures()) == 2
    assert second.status_code in (200, 409)
    assert third.status_code == 409


@pytest.mark.parametrize("barred", [("approve", "qua"), ("approve", "hed"), ("return", "qua")])
def test_what_is_signed_by_itself_is_refused_in_a_series(home: TestHome, barred: tuple[str, str]) -> None:
    verb, user = barred
    numbers = [home.until(home.draft(), "in_approval") for _ in range(2)]
    client, path = sign_in(user), f"/series/document/{verb}"
    assert offered(client, path) == {}
    assert path not in text(client.get("/"))
    before = Event.objects.count()
    ones = []
    for number in numbers:
        page = text(client.get(f"/r/{number}/sign/{verb}"))
        found = dict(re.findall(r'<input type="hidden" name="(statement|seen)" value="([^"]*)"', page))
        ones.append(f"{number} {found['seen']} {found['statement']}")

    answer = send(client, ones, path, user_id=user)

    assert (answer.status_code, last_rule()) == (403, series.RULE)
    assert Event.objects.count() == before


def test_a_list_that_was_not_shown_is_refused_as_a_whole(home: TestHome) -> None:
    numbers, client = waiting(home, 2), sign_in("rob")
    boxes = list(offered(client).values())
    company = Record.objects.get(type="company")
    fine, shown = boxes[0], boxes[0].split(" ")
    before = Event.objects.count()

    for forged in (
        [fine, fine],
        [fine, f"SOP-999.01 1 {'0' * 64}"],
        [fine, f"{company.number} 1 {'0' * 64}"],
        [fine, "x"],
        [fine, ""],
        [fine, f"{shown[0]} -1 {shown[2]}"],
        [fine, f"{shown[0]} 1 {shown[2]}0"],
        [f"{numbers[0]} {n} {'0' * 64}" for n in range(series.MOST + 1)],
        [f"{fine}\n{boxes[1]}"],
    ):
        answer = send(client, forged)
        assert (answer.status_code, last_rule()) == (403, "series_as_shown"), forged
        assert "Nothing was signed" in text(answer)
    assert (signatures(), Event.objects.count()) == ([], before)


def test_the_statement_of_one_record_signs_no_other_one_of_the_list(home: TestHome) -> None:
    numbers, client = waiting(home, 2), sign_in("rob")
    one, two = (offered(client)[number].split(" ") for number in numbers)

    answer = send(client, [f"{one[0]} {one[1]} {two[2]}", f"{two[0]} {two[1]} {one[2]}"])

    assert (answer.status_code, signatures()) == (409, [])


@pytest.mark.parametrize("user", ["ann", "bea", "rea", "hed", "qua", "adm", "gue"])
def test_nobody_else_finds_or_signs_them(home: TestHome, user: str) -> None:
    waiting(home, 2)
    shown = list(offered(sign_in("rob")).values())
    client = sign_in(user)

    assert offered(client) == {}
    answer = send(client, shown, user_id=user)

    assert answer.status_code in (403, 409)
    assert signatures() == []


def test_nothing_chosen_signs_nothing_and_asks(home: TestHome) -> None:
    waiting(home, 2)

    answer = send(sign_in("rob"), [])

    assert (answer.status_code, signatures()) == (422, [])
    assert "Choose what you have read" in text(answer)


@pytest.mark.parametrize("path", ["/series/nothing/agree", "/series/document/no-such-step", "/series/document/edit"])
def test_a_step_that_no_type_has_is_no_page(home: TestHome, path: str) -> None:
    assert sign_in("rob").get(path).status_code == 404


def test_one_record_alone_is_not_offered_as_a_series(home: TestHome) -> None:
    waiting(home, 1)

    assert PATH not in text(sign_in("rob").get("/"))

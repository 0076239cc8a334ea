"""One damaged record or file does not stop the index: it is set aside, counted, tried again a few times, and mended."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from indelible.assurance.rebuild import rebuild
from indelible.infra import clock, logs
from indelible.kernel import sequencer
from indelible.practice import indexing
from indelible.practice.models import FileText, SearchEntry
from indelible.project import background
from tests.assurance.damaging import damage
from tests.faces.browsing import sign_in, text
from tests.homes import TestHome
from tests.practice.bringing import bring, hits, index, numbers

LIST, TEXT = "[1, 2]", '"no fields"'
damaged = pytest.mark.damaged(reason="the damage stays: what is tested is how the index goes on beside it")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    monkeypatch.setattr(logs, "warn", lambda what, **known: lines.append({"what": what, **known}))
    return lines


def counted() -> str:
    figures = Client().get("/metrics").content.decode()
    return next(line for line in figures.splitlines() if line.startswith("indelible_search_not_indexed "))


def later() -> None:
    """Let the time come at which what was set aside is tried again."""
    SearchEntry.objects.exclude(again_at=None).update(again_at=clock.now())
    FileText.objects.exclude(again_at=None).update(again_at=clock.now())


@damaged
@pytest.mark.parametrize("content", [LIST, TEXT])
def test_a_damaged_record_is_set_aside_and_the_next_ones_are_indexed(
    home: TestHome, told: list[dict[str, Any]], content: str
) -> None:
    before, hurt, after = (home.draft(title=f"Zymogen {n}", text="Kept in the cryovial.") for n in range(3))
    damage("UPDATE record SET content = %s WHERE number = %s", content, hurt)
    background.tick()

    assert numbers(home, "ann", "cryovial") == [after, before]
    assert [(line["what"], line["record"], line["tries"]) for line in told] == [("not indexed", hurt, 1)]
    assert " in " in told[0]["problem"]
    assert "cryovial" not in str(told)
    entry = SearchEntry.objects.get(record__number=hurt)
    assert entry.note.startswith("not indexed: ")
    assert counted() == "indelible_search_not_indexed 1.0"
    assert {hit.record.number: hit.unindexed for hit in hits(home, "ann", "zymogen")} == {
        before: False, hurt: True, after: False,
    }  # fmt: skip
    assert "text not indexed" in text(sign_in("ann").get("/search?q=zymogen"))


def test_what_was_set_aside_is_tried_again_a_few_times_and_mended(home: TestHome, told: list[dict[str, Any]]) -> None:
    number = home.draft(text="Kept in the cryovial.")
    damage("UPDATE record SET content = %s WHERE number = %s", LIST, number)
    index()
    assert indexing.retry() == 0, "not before its time"
    tries = 1
    while indexing.retry() or tries == 1:
        tries += 1
        later()
        assert tries < 20

    assert [line["tries"] for line in told] == [1, 2, 3, 4, 5]
    assert SearchEntry.objects.get(record__number=number).again_at is None
    assert any("is not indexed" in found.message for found in rebuild().differences)
    assert rebuild(apply=True).ok
    assert numbers(home, "ann", "cryovial") == [number]
    assert counted() == "indelible_search_not_indexed 0.0"


def test_a_retry_that_succeeds_makes_an_entry_as_any_other(home: TestHome, told: list[dict[str, Any]]) -> None:
    number = home.draft(text="Kept in the cryovial.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM record WHERE number = %s", [number])
        whole = cursor.fetchone()[0]
    damage("UPDATE record SET content = %s WHERE number = %s", LIST, number)
    index()
    damage("UPDATE record SET content = %s WHERE number = %s", whole, number)
    later()

    assert indexing.retry() == 1
    assert numbers(home, "ann", "cryovial") == [number]
    assert indexing.set_aside() == 0
    assert rebuild().ok


@damaged
def test_a_file_whose_reading_goes_wrong_does_not_keep_the_next_one_waiting(
    home: TestHome, told: list[dict[str, Any]]
) -> None:
    hurt = home.draft(file=[bring(home, "ann", "a.txt", b"First zymogen.")])
    fine = home.draft(file=[bring(home, "ann", "b.txt", b"Second zymogen.")])
    sequencer.drain()
    indexing.follow()
    damage("UPDATE record SET content = %s WHERE number = %s", LIST, hurt)
    rounds = 0
    while indexing.read_next_file():
        later()
        rounds += 1
        assert rounds < 20

    assert numbers(home, "ann", "zymogen") == [fine]
    assert [line["tries"] for line in told if "file" in line] == [1, 2, 3, 4, 5]
    left = FileText.objects.exclude(state=indexing.READ).get()
    assert (left.state, left.again_at) == (indexing.UNREAD, None)
    assert "went wrong" in left.note
    assert counted() == "indelible_search_not_indexed 1.0"

"""How much one person may bring: what waits for a record, what came in a day; others are not touched by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from indelible.infra import clock
from indelible.infra.recognition import MEGABYTE
from indelible.kernel.errors import Invalid
from indelible.practice import uploads
from indelible.practice.models import Upload
from tests.faces.browsing import sign_in, text
from tests.faces.calling import caller
from tests.homes import TestHome

RAW = {"Content-Type": "application/octet-stream"}


@pytest.fixture
def later() -> Iterator[Callable[[timedelta], None]]:
    yield lambda span: clock.simulate(lambda real: real + span)
    clock.simulate(None)


@pytest.fixture
def bounded(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], None]:
    def bound(waiting: int, day: int) -> None:
        monkeypatch.setenv("INDELIBLE_UPLOADS_WAITING", str(waiting))
        monkeypatch.setenv("INDELIBLE_UPLOADS_DAY", str(day))

    return bound


def bring(home: TestHome, who: str, size: int, letter: str = "x") -> Upload:
    return uploads.receive(home.people[who], "data.txt", [letter.encode() * size])


def refused(home: TestHome, who: str, size: int = 1) -> str:
    before = Upload.objects.count()
    with pytest.raises(Invalid) as caught:
        bring(home, who, size)
    assert Upload.objects.count() == before
    return caught.value.rule


def test_what_waits_for_a_record_is_bounded_for_each_person(home: TestHome, bounded: Callable[[int, int], None]) -> None:
    bounded(1, 100)
    bring(home, "ann", MEGABYTE)

    assert refused(home, "ann") == "upload_waiting"
    assert bring(home, "bea", 1000).size == 1000


def test_the_file_that_does_not_fit_any_more_is_not_kept(home: TestHome, bounded: Callable[[int, int], None]) -> None:
    bounded(1, 100)
    bring(home, "ann", MEGABYTE - 50_000)

    assert refused(home, "ann", 100_000) == "upload_waiting"
    assert bring(home, "ann", 40_000).size == 40_000
    assert not list((home.path / "files").glob(".incoming-*"))


def test_a_record_that_names_the_file_makes_room(home: TestHome, bounded: Callable[[int, int], None]) -> None:
    bounded(1, 100)
    row = bring(home, "ann", MEGABYTE)
    assert refused(home, "ann") == "upload_waiting"

    home.draft(file=[row.sha256])

    assert bring(home, "ann", 1000, "y").size == 1000


def test_what_has_waited_a_week_keeps_nobody_from_working(
    home: TestHome, bounded: Callable[[int, int], None], later: Callable[[timedelta], None]
) -> None:
    bounded(1, 100)
    bring(home, "ann", MEGABYTE)
    later(timedelta(days=6))
    assert refused(home, "ann") == "upload_waiting"

    later(timedelta(days=8))

    assert bring(home, "ann", 1000, "y").size == 1000


def test_a_day_is_bounded_also_for_what_records_name_and_says_when_to_come_again(
    home: TestHome, bounded: Callable[[int, int], None], later: Callable[[timedelta], None]
) -> None:
    bounded(100, 1)
    home.draft(file=[bring(home, "ann", MEGABYTE).sha256])

    assert refused(home, "ann") == "upload_day"
    later(timedelta(hours=25))
    assert bring(home, "ann", 1000, "y").size == 1000


def test_browser_and_program_are_told_with_the_status_that_says_it(
    home: TestHome, bounded: Callable[[int, int], None]
) -> None:
    client, program = sign_in("ann"), caller(home, "ann", "document")
    told = []
    for bound in ((1, 100), (100, 1)):
        Upload.objects.all().delete()
        bounded(100, 100)
        bring(home, "ann", MEGABYTE)
        bounded(*bound)
        told.append(client.post("/uploads", {"file": SimpleUploadedFile("a.txt", b"a")}))
        told.append(program.post("/files?name=a.txt", b"a", **RAW))

    assert [answer.status_code for answer in told] == [413, 413, 429, 429]
    assert "wait for a record already" in text(told[0])
    assert (told[1].json()["rule"], told[3].json()["rule"]) == ("upload_waiting", "upload_day")
    assert 86_000 < int(told[3]["Retry-After"]) <= 86_401
    assert "within a day" in text(told[2])

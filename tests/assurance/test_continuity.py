"""The continuity set: what is in force and nothing else, whole, dated, read-only, with the sums of its files (Annex 11-16)."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader

from indelible.assurance import continuity
from indelible.assurance.examination import work
from indelible.assurance.rendition import building
from indelible.infra import clock
from indelible.kernel import config
from tests.assurance.damaging import bring
from tests.homes import TestHome


@pytest.fixture
def kept(home: TestHome) -> tuple[TestHome, str, str]:
    """Give a home with a procedure in force, which carries a file, and the draft of its next revision."""
    first = home.draft(title='Receipt & <storage> of "samples"', file=[bring(home, b"A blank form.")])
    home.until(first, "effective")
    return home, first, home.revise("ann", first)


def test_it_holds_each_document_in_force_and_no_draft(kept: tuple[TestHome, str, str]) -> None:
    _, first, second = kept

    made = continuity.make()

    folder = Path(made.path)
    names = {path.name for path in folder.iterdir()}
    assert names == {f"{first}.pdf", f"{first} method.txt", "index.html", "SHA256SUMS"}
    assert (made.documents, made.files, folder.name) == (1, 1, made.day)
    assert (folder / f"{first} method.txt").read_bytes() == b"A blank form."
    page = (folder / "index.html").read_text("utf-8")
    assert "Receipt &amp; &lt;storage&gt; of &quot;samples&quot;" in page
    assert second not in page
    words = "".join(one.extract_text() for one in PdfReader(BytesIO((folder / f"{first}.pdf").read_bytes())).pages)
    assert f"Continuity set of {made.day}" in " ".join(words.split())


def test_its_sums_are_right_and_nobody_can_change_it_by_mistake(kept: tuple[TestHome, str, str]) -> None:
    made = continuity.make()
    folder = Path(made.path)

    listed = (line.partition("  ") for line in (folder / "SHA256SUMS").read_text("utf-8").splitlines())
    sums = {name: digest for digest, _, name in listed}
    assert sums == {
        path.name: sha256(path.read_bytes()).hexdigest() for path in folder.iterdir() if path.name != "SHA256SUMS"
    }
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o400}
    assert folder.stat().st_mode & 0o777 == 0o500


def test_a_set_that_cannot_be_finished_leaves_the_one_before_it(
    kept: tuple[TestHome, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = continuity.make()
    before = (Path(made.path) / "SHA256SUMS").read_bytes()

    def full(*_: object, **__: object) -> bytes:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(building, "pdf", full)
        with pytest.raises(OSError, match="No space"):
            continuity.make()

    assert continuity.list_days() == [made.day]
    assert (Path(made.path) / "SHA256SUMS").read_bytes() == before
    assert continuity.make().documents == 1


def test_seven_are_kept_and_one_of_the_same_day_is_replaced(
    kept: tuple[TestHome, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    today, days = clock.real(), []
    with monkeypatch.context() as patch:
        for ago in (9, 8, 7, 6, 5, 4, 3, 2, 2):
            patch.setattr(clock, "real", lambda moment=today - timedelta(days=ago): moment)
            days.append(continuity.make().day)

    assert continuity.list_days() == sorted(set(days))[-continuity.KEPT :]
    assert continuity.age() == timedelta(days=2)
    assert work.continuity_set() == (False, f"the newest is of {days[-1]}")


@pytest.mark.parametrize(("hour", "wanted"), [(1, False), (2, True), (5, True), (6, False), (14, False)])
def test_it_is_made_at_night_and_once(
    kept: tuple[TestHome, str, str], monkeypatch: pytest.MonkeyPatch, hour: int, *, wanted: bool
) -> None:
    zone = ZoneInfo(config.current().company.zone)
    night = clock.real().astimezone(zone).replace(hour=hour)
    monkeypatch.setattr(clock, "real", lambda: night)

    assert continuity.is_wanted() is wanted
    if wanted:
        continuity.make()
        assert not continuity.is_wanted()

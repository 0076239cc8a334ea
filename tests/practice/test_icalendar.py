"""What is written for other programs' calendars, by RFC 5545: folding, escaping, whole days; read again letter by letter."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from indelible.infra import icalendar
from indelible.infra.icalendar import Event

pytestmark = pytest.mark.engine_free
LONG = "Präparat 样品处理 معالجة 🧊 é, " * 12


def event(summary: str = "SOP-001.01: Agree", address: str = "https://quality.example/r/SOP-001.01") -> Event:
    return Event("0-due@indelible", date(2026, 12, 31), summary, address, datetime(2026, 11, 29, 12, 0, tzinfo=UTC))


def unfolded(written: bytes) -> list[str]:
    return written.replace(b"\r\n ", b"").decode().split("\r\n")


@pytest.mark.parametrize(
    "text", ["", "x" * 75, "x" * 76, "x" * 74 + "é", "x" * 73 + "🧊", "é" * 500, "🧊" * 200, LONG, "样" * 25 + "a"]
)
def test_no_line_has_more_than_75_octets_and_no_letter_is_torn(text: str) -> None:
    folded = icalendar.fold(text).encode()

    assert folded.endswith(b"\r\n")
    lines = folded[:-2].split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert all(line.decode().startswith(" ") for line in lines[1:])
    assert folded[:-2].replace(b"\r\n ", b"").decode() == text


def test_a_line_that_fits_is_not_folded() -> None:
    assert icalendar.fold("é" * 37 + "x") == "é" * 37 + "x\r\n"
    assert icalendar.fold("é" * 38) == "é" * 37 + "\r\n é\r\n"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a;b,c\\d", "a\\;b\\,c\\\\d"),
        ("one\r\ntwo\nthree\rfour", "one\\ntwo\\nthree\\nfour"),
        ("a\0b\x1bc\x7fd", "abcd"),
        ("\\n", "\\\\n"),
        ("a:b \"c\" 'd'", "a:b \"c\" 'd'"),
    ],
)
def test_what_has_a_meaning_of_its_own_is_marked(text: str, written: str) -> None:
    assert icalendar.escape(text) == written


def test_nothing_can_be_brought_in_by_a_summary_or_an_address() -> None:
    written = icalendar.write(
        "Company\r\nX-EVIL:1", "Indelible", [event("a\r\nEND:VEVENT\r\nX-EVIL:1", "https://x/\r\nX-EVIL:1")]
    )

    assert not [line for line in unfolded(written) if line.startswith("X-EVIL")]
    assert written.count(b"END:VEVENT") == 2, "one of them inside of the text"


def test_a_calendar_says_what_every_program_asks_for() -> None:
    lines = unfolded(icalendar.write("Halcyra: quality", "Indelible", [event(LONG)]))

    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    for line in ("VERSION:2.0", "UID:0-due@indelible", "DTSTAMP:20261129T120000Z", "DTSTART;VALUE=DATE:20261231",
                 "DTEND;VALUE=DATE:20270101", f"SUMMARY:{icalendar.escape(LONG)}", "URL:https://quality.example/r/SOP-001.01"):  # fmt: skip
        assert lines.count(line) == 1, line


def test_an_address_that_nobody_has_set_up_is_left_out() -> None:
    assert not [line for line in unfolded(icalendar.write("x", "y", [event(address="")])) if line.startswith("URL")]


def test_a_calendar_without_an_event_has_the_component_that_the_rule_asks_for() -> None:
    lines = unfolded(icalendar.write("x", "y", []))

    assert "BEGIN:VTIMEZONE" in lines
    assert "BEGIN:VEVENT" not in lines

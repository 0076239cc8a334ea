"""The thread of a record on its page: a drawing whose boxes are links, the same as a list, and nothing of what is hidden."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

import pytest

from indelible.faces.web import layers
from indelible.faces.web.threads import LINE, _cut, _folded, _letters
from indelible.practice.threads import Strand
from tests.faces.browsing import sign_in
from tests.homes import TestHome
from tests.modules.events import action, capa, reported


def strand(naming: UUID, named: UUID, *, follows: bool = False, onward: bool = False) -> Strand:
    return Strand(naming, named, "related", "Related", follows, onward, belongs=False)


def test_every_record_is_a_link_in_the_drawing_and_in_the_list_with_its_state_in_words(home: TestHome) -> None:
    event = reported(home, title='Alarm <b>&amp;</b> "two"')
    plan = capa(home, event)
    task = action(home, plan)

    page = sign_in("qua").get(f"/r/{event}/thread").content.decode()

    drawing, _, rest = page.partition("</section>")
    for number in (event, plan, task):
        assert f'href="/r/{number}"' in drawing.partition("i-thread-picture")[2], number
        assert f'<a class="i-id" href="/r/{number}">' in rest
    assert f'aria-label="{plan}, Alarms reach somebody, Draft"' in drawing
    assert "names " + event in re.sub("<[^>]+>", "", rest)
    assert "Nothing was left out." in page
    assert "<b>&amp;</b>" not in page


def test_the_page_of_a_record_leads_to_its_thread_and_only_where_there_is_one(home: TestHome) -> None:
    event = reported(home)
    plan = capa(home, event)
    client = sign_in("qua")

    for number in (event, plan):
        assert f'href="/r/{number}/thread"' in client.get(f"/r/{number}").content.decode()
    alone = home.draft()
    assert "/thread" not in sign_in("ann").get(f"/r/{alone}").content.decode()
    assert "Nothing that you may see is linked to this record." in sign_in("ann").get(f"/r/{alone}/thread").content.decode()


def test_a_hidden_record_is_neither_drawn_nor_named(home: TestHome) -> None:
    hidden = home.draft(title="Not for readers")
    given = {
        "name": "Level",
        "taken_at": "2026-01-02T08:00:00+00:00",
        "analyst": "ann",
        "kind": "routine",
        "related": [hidden],
    }
    number = home.act("ann", "sample.create", fields=given, reason="Taken before the record was there").number

    assert hidden in sign_in("ann").get(f"/r/{number}/thread").content.decode()
    page = sign_in("rea").get(f"/r/{number}/thread").content.decode()
    assert hidden not in page
    assert "Not for readers" not in page


def test_what_led_to_something_stands_left_of_it_and_no_two_boxes_touch() -> None:
    event, plan, change, text, other = (uuid4() for _ in range(5))
    strands = [
        strand(plan, event, follows=True), strand(change, plan, follows=True), strand(change, text, onward=True),
        strand(text, change, follows=True), strand(plan, text), strand(event, other),
    ]  # fmt: skip

    drawn = layers.draw([event, plan, change, text, other], strands)

    at = drawn.places
    assert at[other].x < at[event].x < at[plan].x < at[change].x < at[text].x
    spots = sorted(at.values())
    apart = [(a.x != b.x) or abs(a.y - b.y) >= layers.TALL for a in spots for b in spots if a != b]
    assert all(apart)
    assert all(0 <= one.x <= drawn.wide - layers.WIDE and 0 <= one.y <= drawn.tall - layers.TALL for one in spots)
    assert len(drawn.lines) == len(strands)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_circle_is_drawn_too(count: int) -> None:
    keys = [uuid4() for _ in range(count)]
    ring = [strand(keys[at], keys[(at + 1) % count]) for at in range(count)] if count > 1 else []

    drawn = layers.draw(keys, ring)

    assert set(drawn.places) == set(keys)
    assert len(drawn.lines) == len(ring)


@pytest.mark.parametrize(
    "text",
    ["Short", "Unterbeamtengesellschaft" * 4, "样品处理" * 20, "Two digits of a number transposed again and again", ""],
)
def test_a_title_fits_into_its_box(text: str) -> None:
    lines = _folded(text)

    assert len(lines) <= 2
    assert all(_letters(line) <= LINE for line in lines)
    assert _cut(text, 10_000) == text

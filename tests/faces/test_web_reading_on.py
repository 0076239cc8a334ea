"""How far somebody has read a text: kept for them alone, told on any device and before they sign, and never a gate."""

from __future__ import annotations

import re

import pytest

from indelible.kernel.models import Event, Record
from indelible.practice import chapters, looks, panels
from indelible.practice.models import Look
from tests.faces.browsing import nobody, sign_in, text
from tests.homes import TestHome
from tests.modules.events import day, head
from tests.modules.trained import curriculum, only, read, settle

FILLING = "With care, by two people, and never at night. " * 10
TEXT = "".join(f"# {at} {name}\n\n{FILLING}\n\n" for at, name in enumerate(("Purpose", "Who", "Filling", "Records"), 1))
CHANGED = (
    TEXT.replace(f"# 3 Filling\n\n{FILLING}", f"# 3 Filling\n\n{FILLING} With gloves.") + "# 5 Waste\n\nInto the red bin.\n"
)


@pytest.fixture
def procedure(home: TestHome) -> str:
    """Give a procedure of four chapters in force that Rea and Ann have to know."""
    number = in_force(home, home.draft(training="read", text=TEXT, effective_on=day(14)))
    curriculum(home, number[:-3], everybody=False, people=["rea", "ann"])
    return number


def in_force(home: TestHome, draft: str) -> str:
    number = home.until(draft, "approved")
    home.act("doc", "document.take_effect", number)
    settle()
    return number


def go(number: str, opened: str, place: str = "", who: str = "rea", status: int = 204) -> None:
    answered = sign_in(who).post(f"/r/{number}/reached", {"opened": opened, "place": place})
    assert answered.status_code == status


def opened(home: TestHome, number: str, who: str = "rea") -> set[str]:
    return set(looks.opened(home.people[who], head(number)))


def chapter_rows(home: TestHome, training: str, who: str = "rea") -> list[list[str]]:
    _, _, sheet = panels.sheet(home.view(who), "to-read", of=training)
    return [
        [cell.text for cell in row] for table in sheet.tables if table.title.startswith("Chapters") for row in table.rows
    ]


def dialog(training: str, who: str = "rea") -> str:
    return text(sign_in(who).get(f"/r/{training}/sign/acknowledge"))


# --- kept -----------------------------------------------------------------------------------------------------------------


def test_what_was_in_sight_on_one_device_is_gone_on_from_on_another(home: TestHome, procedure: str) -> None:
    page = text(sign_in("rea").get(f"/r/{procedure}"))
    assert f'data-reach="/r/{procedure}/reached"' in page
    assert "You have read as far as" not in page
    go(procedure, "s-1,s-2", "s-2")
    go(procedure, "s-3", "s-3")

    other = text(sign_in("rea").get(f"/r/{procedure}"))
    assert "You have read as far as 3 Filling." in other
    assert '<a href="#s-3">Go on there</a>' in other
    assert "3 of 4 chapters were in sight." in other
    assert opened(home, procedure) == {"s-1", "s-2", "s-3"}


def test_it_is_for_its_reader_alone_and_no_evidence(home: TestHome, procedure: str) -> None:
    before = Event.objects.count()
    go(procedure, "s-1,s-2", "s-2")

    assert opened(home, procedure, "ann") == set()
    assert "You have read as far as" not in text(sign_in("ann").get(f"/r/{procedure}"))
    assert Event.objects.count() == before
    assert Look.table_kind == "scratch"


@pytest.mark.parametrize("sent", ["", "s-9", "x", "s-1'; --", "<b>", "b-00", ",,,", "s-1" * 5000])
def test_what_is_no_chapter_is_not_kept(home: TestHome, procedure: str, sent: str) -> None:
    sign_in("rea").get(f"/r/{procedure}")
    go(procedure, sent, sent)

    assert opened(home, procedure) == set()
    assert Look.objects.get(person_id=home.person("rea"), record_id=head(procedure).pk).place == ""


def test_who_may_not_see_a_record_keeps_nothing_of_it(home: TestHome, procedure: str) -> None:
    draft = home.draft(text=TEXT)
    go(draft, "s-1", "s-1", status=404)
    assert not Look.objects.filter(record_id=head(draft).pk, person_id=home.person("rea")).exists()
    assert nobody().post(f"/r/{procedure}/reached", {"opened": "s-1"}).status_code == 302
    assert sign_in("rea").get(f"/r/{procedure}/reached").status_code == 405


def test_a_short_text_has_no_chapters_to_keep(home: TestHome) -> None:
    number = in_force(home, home.draft(text="# 1 A\n\n# 2 B\n\n# 3 C\n"))

    assert "data-reach" not in text(sign_in("rea").get(f"/r/{number}"))
    go(number, "s-1", "s-1")
    assert opened(home, number) == set()


# --- what changed, and what was not opened ---------------------------------------------------------------------------------


def test_the_chapters_that_changed_since_the_last_training_come_first(home: TestHome, procedure: str) -> None:
    read(home, "rea", only(home, "rea"))
    second = in_force_after_training(home, procedure)
    training = only(home, "rea", of=second).number
    assert [row[0] for row in chapter_rows(home, training)] == ["3 Filling", "5 Waste", "1 Purpose", "2 Who", "4 Records"]
    assert [row[1] for row in chapter_rows(home, training)] == ["Changed", "Changed", *["As before"] * 3]
    go(second, "s-5,s-1", "s-1")

    assert [row[2] for row in chapter_rows(home, training)] == [
        "Not opened yet",
        "Opened",
        "Opened",
        *["Not opened yet"] * 2,
    ]
    page = text(sign_in("rea").get(f"/r/{training}"))
    assert f'href="/r/{second}#s-3"' in page
    assert page.index("5 Waste") < page.index("1 Purpose")


def in_force_after_training(home: TestHome, first: str) -> str:
    second = home.until(home.revise("ann", first, training="read", text=CHANGED, effective_on=day(14)), "approved")
    settle()
    return second


def test_to_whom_it_is_not_assigned_the_page_says_nothing_of_what_was_opened(home: TestHome, procedure: str) -> None:
    go(procedure, "s-1", "s-1")
    training = only(home, "rea").number

    assert [row[1] for row in chapter_rows(home, training)] == ["Opened", *["Not opened yet"] * 3]
    assert [len(row) for row in chapter_rows(home, training, "rob")] == [1] * 4


def test_before_the_signature_stands_what_was_not_opened_and_nothing_is_held_back(home: TestHome, procedure: str) -> None:
    training = only(home, "rea").number
    looks.look(home.people["rea"], head(procedure))
    assert f"Of {procedure} no chapter was opened here yet." in dialog(training)
    go(procedure, "s-1,s-3", "s-3")
    assert f"Not opened here yet in {procedure}: 2 Who; 4 Records." in dialog(training)
    home.sign("rea", "training.acknowledge", training)

    assert head(training).state == "done"


def test_who_has_opened_everything_is_told_nothing(home: TestHome, procedure: str) -> None:
    go(procedure, "s-1,s-2,s-3,s-4", "s-4")

    assert "opened here yet" not in dialog(only(home, "rea").number)


def test_another_signature_is_not_cautioned(home: TestHome, procedure: str) -> None:
    draft = home.draft(text=TEXT)

    assert "opened here yet" not in text(sign_in("ann").get(f"/r/{draft}/sign/submit"))


def test_a_new_version_of_a_text_is_read_anew(home: TestHome, procedure: str) -> None:
    draft = home.draft(text=TEXT)
    go(draft, "s-1,s-2", "s-2", "ann")
    home.act("ann", "document.edit", draft, fields={"text": CHANGED})

    assert opened(home, draft, "ann") == set()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [("# 1 A\n\nx\n", "# 1 A\n\nx\n", set()), ("# 1 A\n\nx\n", "# 2 A\n\nx\n", set()), ("# 1 A\n\nx\n", "# 1 A\n\ny\n", {"s-1"}),
     ("# 1 A\n\nx\n", "# 1 B\n\nx\n", {"s-1"}), ("", "# 1 A\n\nx\n", {"s-1"}), ("# 1 A\n\nx\n", "No heading\n", set()),
     ("# A\n\n## B\n\nx\n\n# C\n", "# A\n\n## B\n\ny\n\n# C\n", {"s-1"}), ("# A\n\nx\n\n# C\n", "# C\n\n# A\n\nx\n", set())],
)  # fmt: skip
def test_a_chapter_changed_when_it_reads_otherwise_whatever_its_number(old: str, new: str, expected: set[str]) -> None:
    assert chapters.changed(old, new) == expected


def test_the_addresses_of_the_chapters_are_those_of_the_page(home: TestHome, procedure: str) -> None:
    page = text(sign_in("rea").get(f"/r/{procedure}"))

    shown = re.findall(r'<h2 id="(s-\d+)">([^<]+)</h2>', page)
    assert shown == [(one.place, one.title) for one in chapters.of(TEXT)]
    assert Record.objects.filter(number=procedure).exists()

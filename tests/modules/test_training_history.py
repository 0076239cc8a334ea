"""Training that was done before it came here: brought in rows, compared by others, and never recorded as signed here."""

from __future__ import annotations

from pathlib import Path

from indelible.assurance.importing import run
from indelible.assurance.importing.run import Asked
from indelible.kernel import acts, records
from indelible.kernel.context import SYSTEM
from indelible.kernel.models import Record
from indelible.practice import panels, queries
from tests.homes import TestHome
from tests.modules.events import day, head, refused
from tests.modules.trained import mine, only

HEADINGS = "What,Person,Trained on,Due,Evidence"


def bring(home: TestHome, place: Path, *rows: str) -> run.Result:
    """Bring a table of training as quality operations."""
    (place / "scans").mkdir(exist_ok=True)
    table = place / "training.csv"
    table.write_text("\n".join([HEADINGS, *rows]) + "\n", encoding="utf-8")
    return run.run(home.people["rob"], Asked(table, place / "scans", kind="training"), say=lambda _: None)


def test_a_row_comes_in_and_counts_when_somebody_has_compared_it(home: TestHome, tmp_path: Path) -> None:
    bring(home, tmp_path, f"SOP-014 revision 02,rea,2019-03-01,{day(60)},Binder 7")
    one = only(home, "rea")
    assert (one.state, records.values(one)["because"]) == ("assigned", "imported")

    home.sign("qua", "training.attest", one.number)

    assert head(one.number).state == "done"
    assert [given.meaning for given in queries.list_signatures(head(one.number))] == ["certified_copy"]
    _, _, sheet = panels.sheet(home.view("rob"), "training-matrix")
    assert [cell.text for cell in sheet.tables[0].rows[0]][4] == "2019-03-01"


def test_nobody_says_to_have_signed_here_what_was_signed_elsewhere(home: TestHome, tmp_path: Path) -> None:
    bring(home, tmp_path, f"SOP-014 revision 02,rea,2019-03-01,{day(60)},Binder 7")
    number = only(home, "rea").number

    assert "declared_move" in refused(home, "rea", "training.sign_off", number)
    assert "declared_move" in refused(home, "rea", "training.acknowledge", number)


def test_what_has_no_original_is_not_attested_nor_by_who_brought_or_did_it(home: TestHome, tmp_path: Path) -> None:
    bring(
        home,
        tmp_path,
        f"SOP-014,rea,2019-03-01,{day(60)},",
        f"SOP-014,qua,2019-03-01,{day(60)},Binder 7",
        f"SOP-015,bea,,{day(60)},Box 2",
    )

    assert "equivalent_evidence_is_given" in refused(home, "qua", "training.attest", only(home, "rea").number)
    assert "signer_is_not_trainee" in refused(home, "qua", "training.attest", only(home, "qua").number)
    assert "day_of_the_original_is_given" in refused(home, "qua", "training.attest", only(home, "bea").number)
    assert "signer_authority" in refused(home, "rob", "training.attest", only(home, "qua").number)


def test_a_row_about_nobody_is_refused_and_the_others_come_in(home: TestHome, tmp_path: Path) -> None:
    result = bring(home, tmp_path, f"SOP-014,nobody,2019-03-01,{day(60)},Box", f"SOP-014,rea,2019-03-01,{day(60)},Box")

    assert result.brought_now == 1
    assert len(mine(home, "rea")) == 1


def test_the_same_table_once_more_brings_nothing(home: TestHome, tmp_path: Path) -> None:
    bring(home, tmp_path, f"SOP-014,rea,2019-03-01,{day(60)},Box")

    assert bring(home, tmp_path, f"SOP-014,rea,2019-03-01,{day(60)},Box").brought_now == 0
    assert len(mine(home, "rea")) == 1


def test_what_is_assigned_here_is_not_attested(home: TestHome) -> None:
    fields = {
        "what": "Course",
        "trainee": "rea",
        "kind": "class",
        "because": "other",
        "due_on": day(3),
        "evidence": "Binder 7",
    }
    number = acts.run(SYSTEM, "training.create", fields=fields).number

    assert "declared_move" in refused(home, "qua", "training.attest", number)
    assert Record.objects.get(number=number).state == "assigned"

"""What a table may hold: hostile names, formulas, serial numbers, wrong headings; types that nobody has thought of; people."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import openpyxl
import pytest

from indelible.assurance.configuration.loader import Broken
from indelible.assurance.importing import examining, table
from indelible.assurance.importing import run as importing
from indelible.assurance.importing.run import Asked
from indelible.infra import recognition
from indelible.kernel.context import Context
from indelible.kernel.errors import Invalid, Refused, Unavailable
from indelible.kernel.models import Account, Event, Record
from indelible.practice import uploads
from tests.homes import TestHome
from tests.importing import papers


def ctx(home: TestHome, user: str) -> Context:
    return Context(home.person(user), "import", session=f"import-{user}")


def quiet(_: str) -> None:
    """Tell nobody."""


def csv_of(place: Path, text: str) -> Path:
    path = place / "list.csv"
    path.write_text(text, encoding="utf-8")
    return path


def examined(home: TestHome, binder: papers.Binder, user: str = "doc") -> examining.Examination:
    binder.write()
    return importing.examine(ctx(home, user), Asked(binder.table, binder.folder, binder.mapping))


@pytest.mark.parametrize(
    ("name", "rule"),
    [("../SOP-001.pdf", "import_path"), ("/etc/passwd", "import_path"), ("scans/../../x.pdf", "import_path"),
     ("C:\\temp\\x.pdf", "import_path"), ("..\\x.pdf", "import_path"), ("x" * 300 + ".pdf", "import_path"),
     ("link.pdf", "import_file_missing"), ("scans/SOP-001 signd.pdf", "import_file_missing"), ("scans", "import_file_missing"),
     ("empty.pdf", "upload_size"), ("tool.exe", "upload_type"), ("no ending", "upload_type")],
)  # fmt: skip
def test_a_name_leads_to_a_file_of_the_folder_or_to_a_sentence(home: TestHome, tmp_path: Path, name: str, rule: str) -> None:
    binder = papers.binder(tmp_path / "binder", 1)
    (tmp_path / "outside.pdf").write_bytes(papers.pdf(7))
    (binder.folder / "link.pdf").symlink_to(tmp_path / "outside.pdf")
    for made, content in (("empty.pdf", b""), ("tool.exe", b"MZ"), ("no ending", b"x")):
        binder.put(made, content)
    binder.rows[0]["Signed scan"] = name

    (row,) = examined(home, binder).rows

    assert [problem.rule for problem in row.problems] == [rule]
    assert len(row.problems[0].text) < 400
    if "signd" in name:
        assert "did you mean 'scans/SOP-001 signed.pdf'?" in row.problems[0].text


def test_a_file_that_no_row_names_and_a_sheet_that_was_not_read_are_said(home: TestHome, tmp_path: Path) -> None:
    binder = papers.binder(tmp_path / "binder", 1)
    binder.put("scans/forgotten.pdf", papers.pdf(5))
    binder.write()
    book = openpyxl.load_workbook(binder.table)
    book.create_sheet("Old list")
    book.save(binder.table)

    found = importing.examine(ctx(home, "doc"), Asked(binder.table, binder.folder, binder.mapping))

    assert found.notes == [
        "The sheet 'Old list' was not read.", "The file 'scans/forgotten.pdf' is in the folder and in no row.",
    ]  # fmt: skip


def test_a_formula_in_a_text_table_is_neither_run_nor_taken_for_a_title(home: TestHome, tmp_path: Path) -> None:
    path = csv_of(tmp_path, "Name;Analyst;Kind;Taken at\n=cmd|' /C calc'!A0;ann;routine;2026-03-01T09:00+00:00\n")

    found = importing.examine(ctx(home, "ann"), Asked(path, tmp_path, kind="sample"))

    assert [(one.column, one.rule) for row in found.rows for one in row.problems] == [("Name", "import_formula")]


def test_every_column_has_a_place_or_nothing_is_examined(home: TestHome, tmp_path: Path) -> None:
    path = csv_of(tmp_path, "Name,Analyst,Kind,Remarks\nA,ann,routine,x\n")

    with pytest.raises(Invalid) as caught:
        importing.examine(ctx(home, "ann"), Asked(path, tmp_path, kind="sample"))

    assert "'Remarks' is no field" in caught.value.missing[0].text


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [("type: documnt\n", "type", "did you mean 'document'?"), ("type: document\ncolumns: {Title: titel}\n", "columns.Title", "did you mean 'title'?"),
     ("type: document\nthen: [bring_inn]\n", "then[0]", "did you mean 'bring_in'?"), ("type: document\nthen: [submit]\n", "then[0]", "is signed by a person"),
     ("type: document\ncolums: {}\n", "colums", ""), ("type: document\ndefaults: {ownr: ann}\n", "defaults.ownr", "did you mean 'owner'?")],
)  # fmt: skip
def test_a_mapping_is_as_strict_as_the_configuration(
    home: TestHome, tmp_path: Path, text: str, path: str, message: str
) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(text, encoding="utf-8")

    with pytest.raises(Broken) as caught:
        importing.examine(ctx(home, "doc"), Asked(csv_of(tmp_path, "Title\nx\n"), tmp_path, mapping))

    assert caught.value.errors[0].path == path
    assert message in caught.value.errors[0].message


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfeT\x00", b"a,a\n1,2\n", b"a\n1,2\n", b'a\n"open\n', b"\n\n", b"x" * 10, b"\x00\x01"],
)  # fmt: skip
def test_a_table_that_is_none_is_refused_in_words_or_has_no_rows(tmp_path: Path, content: bytes) -> None:
    for name in ("list.csv", "list.xlsx"):
        path = tmp_path / name
        path.write_bytes(content)
        told = ""
        try:
            assert table.read(path).rows == []
        except Invalid as refused:
            told = refused.text
        assert told in ("", f"{name} {told.removeprefix(name).strip()}")


def test_a_workbook_that_unpacks_to_too_much_is_not_read(tmp_path: Path) -> None:
    book, path = openpyxl.Workbook(), tmp_path / "bomb.xlsx"
    book.save(path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zeros.bin", b"\x00" * 60_000_000)

    with pytest.raises(Invalid, match="would unpack"):
        table.read(path)


def test_another_type_is_carried_without_a_line_of_its_own(home: TestHome, tmp_path: Path) -> None:
    path = csv_of(
        tmp_path,
        "Name,Analyst,Kind,Taken at,Department,Witnesses,Measured on,Related\n"
        f"Retain of lot 7,Ann Author,Routine,2026-03-01T09:00+00:00,Quality Control,bea; rob,2026-03-02,{home.departments['Quality Control']}\n"
        "Retain of lot 8,ann,stabilty,2026-03-01T09:00+00:00,DEP-99,nobody,44348,XYZ-001\n",
    )
    asked = Asked(path, tmp_path, kind="sample")

    found = importing.examine(ctx(home, "ann"), asked)

    assert not found.rows[0].problems
    assert {problem.column for problem in found.rows[1].problems} == {
        "Kind",
        "Department",
        "Witnesses",
        "Measured on",
        "Related",
    }
    assert "2021-06-01" in next(p.text for p in found.rows[1].problems if p.column == "Measured on")
    done = importing.run(ctx(home, "ann"), asked, say=quiet)
    brought = Record.objects.get(type="sample")
    assert [row["status"] for row in done.report["rows"]] == ["in", "refused"]
    assert (brought.title, brought.state, brought.department) == (
        "Retain of lot 7",
        "received",
        home.departments["Quality Control"],
    )


def test_people_are_invited_once_listed_for_one_pair_of_eyes_and_roles_only_asked_for(
    home: TestHome, tmp_path: Path
) -> None:
    folder, links = tmp_path / "nothing", tmp_path / "links.txt"
    folder.mkdir()
    path = csv_of(
        tmp_path,
        "Printed name,Job title,User id,Department,Roles\n"
        "Nia New,Scientist,nia,Quality Control,author; dept_approver@Operations\n"
        "Old Hand,Technician,ann,Quality Control,\n"
        "Max Miss,Technician,max,Quality Control,auther\n",
    )
    with pytest.raises(Unavailable):
        importing.run(ctx(home, "adm"), Asked(path, folder, kind="person"), say=quiet)
    assert not Record.objects.filter(type="import_run").exists()
    asked = Asked(path, folder, kind="person", links=links)

    done = importing.run(ctx(home, "adm"), asked, say=quiet)

    assert [row["status"] for row in done.report["rows"]] == ["in", "refused", "refused"]
    assert stat.S_IMODE(links.stat().st_mode) == 0o600
    (line,) = links.read_text(encoding="utf-8").splitlines()
    assert line.startswith("nia\tPER-")
    assert line.endswith("\tno link before somebody has recorded a check of the identity")
    assert Account.objects.get(user_id="nia").link_sha256 is None
    assert not Account.objects.get(user_id="nia").has_usable_password()
    grants = Record.objects.filter(type="grant", state="requested")
    assert sorted(grants.values_list("title", flat=True)) == ["author", "dept_approver"]

    events = Event.objects.count()
    again = importing.run(ctx(home, "adm"), asked, say=quiet)
    assert (again.brought_now, again.report["rows"]) == (0, done.report["rows"])
    assert (Event.objects.count(), links.read_text(encoding="utf-8").count("\n")) == (events, 1)


def test_a_second_person_who_repeats_an_import_changes_nothing(home: TestHome, tmp_path: Path) -> None:
    binder = papers.binder(tmp_path / "binder", 2)
    asked = Asked(binder.table, binder.folder, binder.mapping)
    first = importing.run(ctx(home, "doc"), asked, say=quiet)
    events = Event.objects.count()
    home.act("doc", "document.comment", Record.objects.filter(type="document").first().number, text="Seen")  # type: ignore[union-attr]

    with pytest.raises(Refused):
        importing.run(ctx(home, "ann"), asked, say=quiet)
    again = importing.run(ctx(home, "doc"), asked, say=quiet)

    assert (again.number, again.brought_now, Event.objects.count()) == (first.number, 0, events + 1)


# --- signatures made elsewhere -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "signed"),
    [("a.pdf", papers.signed_pdf(), True), ("a.pdf", papers.pdf(3), False), ("a.docx", papers.word("plain"), False),
     ("a.docx", papers.with_part(papers.word("signed"), "_xmlsignatures/origin.sigs"), True)],
)  # fmt: skip
def test_a_signature_made_elsewhere_is_marked_as_content(home: TestHome, name: str, content: bytes, signed: bool) -> None:
    kept = uploads.receive(ctx(home, "ann"), name, io.BytesIO(content))

    assert (recognition.SIGNED in recognition.marks(kept.media_type)) is signed
    told = uploads.told(kept.media_type)
    assert told == ("holds a signature made elsewhere: content, not a signature of this system" if signed else None)

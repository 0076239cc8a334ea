"""Drift at the terminal: seven unannounced changes are named, the logo raises nothing, each is put back; what upgrade refuses."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGE
from tests.faces import terminal
from tests.faces.terminal import ADMIN, PASSWORD, Terminal

CODE, LETTER, LOGO = "practice/history.py", "practice/letters/work.txt", "faces/web/static/indelible/brand.svg"
NOT_COMPILED = shutil.ignore_patterns("__pycache__")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """Make a home that runs a copy of the package, so that its files can be edited."""
    place = tmp_path_factory.mktemp("drift")
    shutil.copytree(PACKAGE, place / "tree" / "indelible", ignore=NOT_COMPILED)
    with terminal.fresh(place / "home") as shell:
        shell.environment["PYTHONPATH"] = str(place / "tree")
        made = shell.init("--json")
        assert made.code == 0, made.err
        shell.enrol(made.json["admin_link"])
        yield shell


def append(path: Path, text: str) -> str:
    before = path.read_text("utf-8")
    path.write_text(before + text, "utf-8")
    return before


def setting(home: Terminal, *, on: bool) -> None:
    """Change a setting of the database that lasts, or put it back."""
    name = home.database.rpartition("/")[2]
    if home.database:
        home.sql(f'ALTER DATABASE "{name}" ' + ("SET synchronous_commit = off" if on else "RESET synchronous_commit"))
    else:
        home.sql(f"PRAGMA user_version = {7 if on else 0}")


def test_seven_changes_are_named_the_logo_raises_nothing_and_each_is_put_back(home: Terminal) -> None:
    clean = home.run("drift", "--json")
    assert (clean.code, clean.json["state"], clean.json["findings"]) == (0, "as approved", []), clean.out
    tree, policies = home.home.parent / "tree" / "indelible", home.home / "configuration" / "policies.yaml"
    workflow = home.home / "configuration" / "types" / "deviation.yaml"
    kept = {path: append(path, text) for path, text in {
        tree / CODE: "# an edit in place\n", tree / LETTER: "\nBuy now.\n", tree / LOGO: "<!-- ours -->\n",
    }.items()}  # fmt: skip
    kept |= {policies: policies.read_text("utf-8"), workflow: workflow.read_text("utf-8")}
    workflow.write_text(kept[workflow].replace("label: Deviation\n", "label: Departure\n"), "utf-8")
    home.sql("UPDATE access_grant SET role = 'qa_approver' WHERE role = 'sysadmin'")
    home.sql("DROP TRIGGER version_guard" + (" ON version" if home.database else "_update"))
    setting(home, on=True)
    home.environment["INDELIBLE_UPLOADS_DAY"] = "20000"

    told = home.run("drift", "--json")

    guard = "guard.version_guard" if home.database else "guard.version_guard_update"
    base = "database.synchronous_commit" if home.database else "database.user_version"
    assert told.code == 1
    assert [one["key"] for one in told.json["findings"]] == sorted([
        "configuration.types.deviation.label", base, "environment.INDELIBLE_UPLOADS_DAY", guard, f"mail.{LETTER}", f"package.{CODE}",
        "permission.GRT-0001",
    ])  # fmt: skip
    for one in told.json["findings"]:
        assert one["gxp"], one
        assert all(one[name] for name in ("before", "after", "where", "since", "requirements", "mend", "record")), one
    assert len(told.json["incidents"]) == 1
    _put_back(home, kept)

    again = home.run("drift", "--json")
    assert (again.code, again.json["findings"], len(again.json["ended"])) == (0, [], 7), again.out


def _put_back(home: Terminal, kept: dict[Path, str]) -> None:
    for path, text in kept.items():
        path.write_text(text, "utf-8")
    del home.environment["INDELIBLE_UPLOADS_DAY"]
    setting(home, on=False)
    assert home.run("rebuild", "--apply").code == 0
    if home.database:
        home.environment["INDELIBLE_OWNER_URL"] = home.database
    upgraded = home.run("upgrade", "--json")
    home.environment.pop("INDELIBLE_OWNER_URL", None)
    assert upgraded.json["steps"] == [f"install guard version_guard{'' if home.database else '_update'}"]


def test_who_accepts_says_who_they_are_and_under_what(home: Terminal) -> None:
    home.environment["INDELIBLE_UPLOADS_DAY"] = "30000"
    assert [home.run("drift", *more).code for more in (("accept",), ("accept", "--change", "CC-001"), ("--nonsense",))] == [
        2,
        2,
        2,
    ]
    given = ("drift", "accept", "--as", ADMIN, "--password-stdin", "--json")
    assert home.run(*given, "--reason", "Set up for large files", stdin="wrong\n").code == 1
    unknown = home.run(*given, "--change", "CC-404", stdin=PASSWORD)
    assert (unknown.code, unknown.json["rule"]) == (1, "something_to_accept")

    accepted = home.run(*given, "--reason", "Set up for large files", stdin=PASSWORD)

    assert accepted.code == 0, accepted.err
    assert accepted.json["findings"] == []
    assert len(accepted.json["accepted"]) == 1
    del home.environment["INDELIBLE_UPLOADS_DAY"]


def test_a_database_that_is_older_than_the_program_can_migrate_is_refused_before_anything_is_touched(home: Terminal) -> None:
    home.sql("ALTER TABLE draft RENAME COLUMN form TO formerly")
    if home.database:
        home.environment["INDELIBLE_OWNER_URL"] = home.database
    home.sql("DROP TRIGGER event_queue" + (" ON event" if home.database else ""))

    refused, checked = home.run("upgrade"), home.run("upgrade", "--check")

    assert (refused.code, checked.code) == (1, 1)
    assert "older than this build can migrate (it lacks draft.form)" in refused.err
    home.sql("ALTER TABLE draft RENAME COLUMN formerly TO form")
    assert home.run("upgrade", "--json").json["steps"] == ["install guard event_queue"], (
        "nothing was installed by the refused one"
    )

"""The command line on real homes: what it makes, what it refuses in words, its exit codes and its JSON."""

from __future__ import annotations

import json
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from indelible.assurance.configuration import folder
from tests import machine
from tests.architecture.source import ROOT
from tests.faces import terminal
from tests.faces.terminal import ADMIN, PASSWORD, Terminal

LEAVES = (
    "init", "upgrade", "serve", "verify", "rebuild", "doctor", "access", "config check", "config show", "config baselines",
    "config diff", "config plan", "config apply", "config write",
    "user invite", "user verify", "user link", "user deactivate", "user hand-over", "user recover",
    "demo advance", "demo code", "demo tamper", "demo reset", "backup create", "backup verify", "backup rehearse", "drill", "restore",
    "continuity", "import check", "import run", "import report",
    "panel", "review", "drift", "drift accept", "config specification", "qualify", "file-package",
)  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """Make one home for the commands that look, with an administrator who has enrolled."""
    with terminal.fresh(tmp_path_factory.mktemp("cli") / "home") as shell:
        made = shell.init("--json", "--name", 'Acme: "Bio" & Söhne', "--environment", "validation")
        assert made.code == 0, made.err
        shell.enrol(made.json["admin_link"])
        yield shell


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Terminal]:
    """Give a shell for a home that the test makes itself."""
    with terminal.fresh(tmp_path / "home") as made:
        yield made


@pytest.mark.engine_free
@pytest.mark.parametrize("command", ["", "config", "user", "demo", "backup", *LEAVES])
def test_every_command_helps_with_an_example_and_can_speak_json(command: str, tmp_path: Path) -> None:
    answer = Terminal(tmp_path).run(*command.split(), "--help")

    assert answer.code == 0
    if command in (*LEAVES, "demo"):
        assert "Example: indelible --home" in answer.out
        assert "--json" in answer.out


@pytest.mark.engine_free
def test_help_does_not_wait_for_the_database_library() -> None:
    program = "import indelible.faces.cli.main, sys; print('django.db' in sys.modules, 'granian' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["False", "False"]


def test_init_makes_a_ready_home_that_is_its_owners_alone(home: Terminal) -> None:
    settings = json.loads((home.home / "home.json").read_text())

    assert stat.S_IMODE((home.home / "home.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(home.home.stat().st_mode) == 0o700
    assert settings["environment"] == "validation"
    assert (home.home / "configuration" / "types").is_dir()
    assert 'name: "Acme: \\"Bio\\" & Söhne"' in (home.home / "configuration" / "company.yaml").read_text()
    assert home.run("config", "show", "--json").json["company"]["name"] == 'Acme: "Bio" & Söhne'


@pytest.mark.postgres
def test_on_postgresql_the_home_keeps_the_runtime_role_only_and_that_role_changes_no_truth(home: Terminal) -> None:
    if machine.engine() != "postgres":
        pytest.skip("a home on SQLite has no roles")
    kept, owner = urlsplit(json.loads((home.home / "home.json").read_text())["database"]), urlsplit(home.database)

    assert kept.username == owner.path.strip("/") + "_app"
    assert kept.username != owner.username
    with psycopg.connect(kept.geturl()) as runtime:
        for statement in ("DELETE FROM event", "UPDATE version SET content = ''", "TRUNCATE refusal", "DROP TABLE baseline",
                          "ALTER TABLE event DISABLE TRIGGER ALL"):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                runtime.execute(statement.encode())
            runtime.rollback()


def test_init_says_what_it_made(shell: Terminal) -> None:
    made = shell.init("--json", "--admin-user", "maria", "--admin-name", "Maria Vogel").json

    assert set(made) >= {"home", "database", "admin_link", "environment"}
    assert made["database"] == ("PostgreSQL" if shell.database else "SQLite")
    assert made["environment"] == ("production" if shell.database else "validation")
    assert re.fullmatch(r"/link/[\w-]{40,}", made["admin_link"])
    shell.enrol(made["admin_link"])
    grants = shell.run("access", "--json").json["grants"]
    assert [(one["user_id"], one["name"], one["role"]) for one in grants] == [("maria", "Maria Vogel", "sysadmin")]
    assert shell.run("doctor").code == 0


@pytest.mark.engine_free
@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--preset", "pharma"], "no preset 'pharma'"), (["--environment", "staging"], "one of: production"),
     (["--environment", "production"], "Production runs on PostgreSQL"),
     (["--environment", "production", "--accept-sqlite", "ok"], "Production runs on PostgreSQL"),
     (["--zone", "Mars/Olympus"], "Mars/Olympus"), (["--name", "  "], "name"), (["--admin-name", ""], "Printed name"),
     (["--admin-name", "李明"], "--admin-user"),
     (["--postgres", "mysql://x/y"], "postgresql://"), (["--postgres", "postgresql://127.0.0.1:5432/"], "postgresql://"),
     (["--colour", "red"], "--colour")],
)  # fmt: skip
def test_init_refuses_bad_input_and_leaves_nothing(tmp_path: Path, arguments: list[str], words: str) -> None:
    answer = Terminal(tmp_path / "home").run("init", *arguments)

    assert answer.code == 2, answer.err
    assert words in answer.err
    assert not (tmp_path / "home").exists()


def test_an_installation_begins_with_a_configuration_of_its_own(shell: Terminal, tmp_path: Path) -> None:
    folder.assemble(own := tmp_path / "own")
    note = own / "types" / "note.yaml"
    shutil.copy(ROOT / "tests/configuration/valid/types/note.yaml", note)
    whole = note.read_text("utf-8")
    note.write_text(whole.replace("title:", "titel:"), "utf-8")
    answers = [shell.init("--configuration", str(place)) for place in (tmp_path / "none", own)]

    assert [answer.code for answer in answers] == [2, 2]
    assert "types/note.yaml:5" in answers[1].err
    assert not shell.home.exists()
    note.write_text(whole, "utf-8")
    assert shell.init("--configuration", str(own)).code == 0
    assert "note" in shell.run("config", "show", "--json").json["types"]


@pytest.mark.engine_free
def test_init_with_a_database_that_does_not_answer_keeps_neither_home_nor_password(tmp_path: Path) -> None:
    answer = Terminal(tmp_path / "home").run("init", "--postgres", "postgresql://owner:hush@127.0.0.1:1/quality")

    assert answer.code == 1
    assert "database" in answer.err
    assert "hush" not in answer.err + answer.out
    assert not (tmp_path / "home").exists()


@pytest.mark.engine_free
def test_init_touches_no_folder_in_which_something_is(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("to keep")
    answer = Terminal(tmp_path).run("init")

    assert (answer.code, [path.name for path in tmp_path.iterdir()]) == (2, ["letters.txt"])


def test_init_never_begins_a_second_time(home: Terminal, tmp_path: Path) -> None:
    again = home.init()
    other = Terminal(tmp_path / "other", home.database).init() if home.database else None

    assert (again.code, "already" in again.err) == (2, True)
    assert other is None or (other.code, "holds an installation already" in other.err) == (1, True)
    assert home.run("verify").code == 0


@pytest.mark.sqlite
def test_production_on_sqlite_takes_a_reason_which_the_ledger_keeps(tmp_path: Path) -> None:
    shell = Terminal(tmp_path / "home")
    reason = "One person, one laptop, until the server has been bought"
    assert shell.run("init", "--environment", "production", "--accept-sqlite", reason).code == 0

    events = shell.inside(
        "from indelible.kernel.models import Event; print(*Event.objects.values_list('payload', flat=True))"
    )
    assert reason in events


def test_upgrade_says_what_it_would_do_and_does_it(shell: Terminal) -> None:
    assert shell.init().code == 0
    assert shell.run("upgrade", "--check", "--json").json["steps"] == []
    shell.sql("DROP TRIGGER event_queue" + (" ON event" if shell.database else ""))

    found = shell.run("upgrade", "--check", "--json")
    assert (found.code, found.json["steps"]) == (1, ["install guard event_queue"])
    assert set(found.json) >= {"from", "to", "steps"}
    owner = ["--postgres", shell.database] if shell.database else []
    assert shell.run("upgrade", *owner).code == 0
    assert shell.run("upgrade", "--check").code == 0


def test_an_older_or_newer_database_is_neither_served_nor_guessed_at(shell: Terminal) -> None:
    assert shell.init().code == 0
    shell.sql("INSERT INTO django_migrations (app, name, applied) VALUES ('kernel', '9999_later', '2027-01-01')")

    for command in (("serve", "--port", "1999"), ("upgrade", "--check")):
        answer = shell.run(*command)
        assert (answer.code, "kernel.9999_later" in answer.err) == (1, True), answer.err
    shell.sql("DELETE FROM django_migrations WHERE name IN ('9999_later', '0001_initial') AND app = 'kernel'")
    answer = shell.run("serve", "--port", "1999")
    assert (answer.code, "kernel.0001_initial" in answer.err, "indelible upgrade" in answer.err) == (1, True, True)


def test_verify_and_rebuild_say_what_they_counted(home: Terminal) -> None:
    verified, rebuilt = home.run("verify", "--json"), home.run("rebuild", "--json")

    assert (verified.code, verified.json["ok"], verified.json["findings"]) == (0, True, [])
    assert set(verified.json["counts"]) >= {"events", "versions", "signatures", "files", "records"}
    assert (rebuilt.code, rebuilt.json["differences"]) == (0, [])
    assert rebuilt.json["counts"]["records"] == verified.json["counts"]["records"]


def test_doctor_names_a_fault_and_how_to_mend_it(home: Terminal) -> None:
    home.inside("from indelible.kernel import sequencer; sequencer.drain()")  # no server runs that would have done it
    (home.home / "home.json").chmod(0o644)
    sick = home.run("doctor", "--json")
    (home.home / "home.json").chmod(0o600)
    well = home.run("doctor", "--json")
    fault = next(check for check in sick.json["checks"] if not check["ok"])

    assert (sick.code, well.code) == (1, 0), well.out
    assert set(fault) == {"name", "ok", "found", "expected", "mend"}
    assert "chmod 600" in fault["mend"]


def test_the_configuration_is_checked_with_and_without_a_home(home: Terminal, tmp_path: Path) -> None:
    sound = home.run("config", "check", "--json")
    assert (sound.code, sound.json["errors"]) == (0, [])

    shutil.copytree(home.home / "configuration", tmp_path / "edited")
    with (tmp_path / "edited" / "policies.yaml").open("a") as file:
        file.write("colour: red\n")
    broken = Terminal(tmp_path / "nowhere").run("config", "check", str(tmp_path / "edited"), "--json")
    fault = broken.json["errors"][0]
    assert broken.code == 1
    assert set(fault) == {"file", "line", "column", "path", "message"}
    assert fault["file"] == "policies.yaml"
    assert "policies.yaml:" in Terminal(tmp_path).run("config", "check", str(tmp_path / "edited")).out


def test_the_running_configuration_is_shown_listed_and_compared(home: Terminal) -> None:
    shown, listed = home.run("config", "show", "--json").json, home.run("config", "baselines", "--json").json

    assert [one["number"] for one in listed["baselines"]] == [1]
    assert shown["sha256"] == listed["baselines"][0]["sha256"] == home.run("config", "check", "--json").json["sha256"]
    assert home.run("config", "diff", "1", "1", "--json").json == {"changes": []}
    assert home.run("config", "diff", "1", "2").code == 2


def test_access_says_who_had_what_granted_by_whom(home: Terminal) -> None:
    grant = home.run("access", "--json").json["grants"][0]

    assert set(grant) == {"user_id", "name", "role", "scope", "granted_by", "reason", "from", "until"}
    assert (grant["user_id"], grant["role"], grant["granted_by"]) == (ADMIN, "sysadmin", "System")
    assert home.run("access", "--as-of", "2020-01-01", "--json").json == {"grants": [], "without_grant": []}
    assert home.run("access", "--as-of", "2999-12-31T00:00+01:00", "--json").json["grants"] == [grant]
    assert home.run("access", "--as-of", "yesterday").code == 2


def test_people_are_invited_linked_and_deactivated_by_an_administrator_through_the_door(home: Terminal) -> None:
    by = ("--as", ADMIN, "--password-stdin")
    invited = home.run("user", "invite", "jdoe", "--name", "Jo Doe", "--title", "Scientist", "--document", "passport", *by, "--json",
                       stdin=PASSWORD)  # fmt: skip
    assert invited.code == 0, invited.err
    renewed = home.run("user", "link", "jdoe", *by, "--json", stdin=f"{PASSWORD}\n")
    home.enrol(renewed.json["link"])

    refused = home.run("user", "invite", "x", "--name", "X", "--title", "Y", "--as", "jdoe", "--password-stdin", "--json",
                       stdin=PASSWORD)  # fmt: skip
    assert (refused.code, refused.json["rule"], refused.json["who_can"]) == (1, "authority", ["First Administrator"])
    twice = home.run("user", "invite", "JDOE", "--name", "Jo", "--title", "Y", *by, stdin=PASSWORD)
    assert (twice.code, "never given twice" in twice.err) == (2, True)
    without = home.run("user", "deactivate", "jdoe", "--reason", "", *by, stdin=PASSWORD)
    assert (without.code, "reason" in without.err) == (1, True)
    gone = home.run("user", "deactivate", "jdoe", "--reason", "Left the company in March", *by, "--json", stdin=PASSWORD)
    assert (gone.code, gone.json["state"]) == (0, "disabled")
    last = home.inside("from indelible.kernel.models import Event; print(Event.objects.filter(payload__contains="
                       "'person.deactivate').latest('id').payload)")  # fmt: skip
    assert (json.loads(last)["by"]["via"], json.loads(last)["by"]["user_id"]) == ("command", ADMIN)


@pytest.mark.parametrize(
    ("who", "password", "user", "code"),
    [
        (ADMIN, "wrong password here", ADMIN, 1),
        ("nobody", PASSWORD, ADMIN, 1),
        (ADMIN, "", ADMIN, 1),
        (ADMIN, PASSWORD, "zz", 2),
    ],
)
def test_nobody_acts_without_the_administrators_password(
    home: Terminal, who: str, password: str, user: str, code: int
) -> None:
    answer = home.run("user", "link", user, "--as", who, "--password-stdin", stdin=password)

    assert (answer.code, answer.out) == (code, "")
    assert PASSWORD not in answer.err


@pytest.mark.engine_free
@pytest.mark.parametrize("command", ["verify", "rebuild", "upgrade", "serve", "access", "config show", "config check",
                                     "demo tamper", "demo advance 1d"])  # fmt: skip
def test_what_is_no_home_is_said_so_in_both_languages(tmp_path: Path, command: str) -> None:
    answer = Terminal(tmp_path).run(*command.split(), "--json")

    assert (answer.code, answer.json["ok"]) == (2, False)
    assert "not an Indelible home" in answer.err


@pytest.mark.engine_free
@pytest.mark.parametrize("content", ["{", "[]", '{"database": "sqlite"}', "\udcff"])
def test_a_home_that_cannot_be_read_is_a_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "home.json").write_text(content, errors="surrogateescape")

    assert Terminal(tmp_path).run("verify").code == 2


@pytest.mark.engine_free
def test_a_home_that_was_never_finished_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "home.json").write_text('{"database": "sqlite", "secret": "s", "environment": "validation"}')
    (tmp_path / "unfinished").touch()

    assert Terminal(tmp_path).run("verify").code == 2


@pytest.mark.sqlite
def test_a_damaged_database_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "home.json").write_text('{"database": "sqlite", "secret": "s", "environment": "validation"}')
    for content in (b"", b"this is no database at all" * 100):
        (tmp_path / "indelible.sqlite3").write_bytes(content)
        for command in ("verify", "rebuild", "doctor", "access", "serve"):
            assert Terminal(tmp_path).run(command).code == 1, command


def test_a_real_home_is_no_demonstration(home: Terminal) -> None:
    for command in (("demo", "--load-only"), ("demo", "reset"), ("demo", "code", "isolheim")):
        assert home.run(*command).code == 2
    for moved in (["demo", "tamper"], ["demo", "advance", "7d"]):
        answer = home.run(*moved, "--json")
        assert (answer.code, answer.json["rule"]) == (1, "installation_is_simulated")
    assert home.run("verify").code == 0


@pytest.mark.sqlite
def test_the_demonstration_is_loaded_moved_tampered_with_and_found_out(tmp_path: Path) -> None:
    shell = Terminal(tmp_path / "demo")
    loaded = shell.run("demo", "--load-only", "--as-of", "2026-11-23", "--port", "8765", "--json")
    assert loaded.code == 0, loaded.err
    assert set(loaded.json) == {"address", "people", "counts"}
    assert loaded.json["address"] == "http://127.0.0.1:8765"
    assert set(loaded.json["people"][0]) == {"user_id", "name", "roles", "password", "code"}
    again = shell.run("demo", "--load-only", "--json")
    assert (again.code, again.json["counts"], "loaded already" in again.err) == (0, loaded.json["counts"], True)

    moved = shell.run("demo", "advance", "60d", "--json").json
    assert moved["now"].startswith("2027-01-2")
    assert any("effective" in one for one in moved["done"])
    assert [shell.run("demo", "advance", span).code for span in ("7", "0d", "7y", "-1d", "seven")] == [2] * 5
    assert shell.run("verify").code == 0
    told = shell.run("demo", "tamper", "--json").json
    found = shell.run("verify", "--json")
    assert (found.code, found.json["ok"]) == (1, False)
    finding = found.json["findings"][0]
    assert set(finding) >= {"kind", "table", "record", "field", "old", "new", "position", "message"}
    assert (finding["table"], finding["record"], finding["field"]) == (told["table"], told["record"], told["field"])
    assert len(found.json["incidents"]) == 1
    assert shell.run("verify", "--json").json["incidents"] == []

    settings = json.loads((shell.home / "home.json").read_text())
    (shell.home / "home.json").write_text(json.dumps(settings | {"environment": "production"}))
    refused = shell.run("serve", "--json")
    assert (refused.code, refused.json["rule"]) == (1, "no_simulated_production")


@pytest.mark.engine_free
def test_a_defect_is_a_sentence_and_its_traceback_a_file(tmp_path: Path) -> None:
    program = f"""
import sys; sys.argv = ["indelible", "--home", {str(tmp_path / "new")!r}, "init"]
from indelible.faces.cli import installation, main
from indelible.faces.cli.ports import Ports
def broken(*_): raise KeyError("a slip of ours")
main.run(Ports(*[broken for _ in Ports.__dataclass_fields__]))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    file = Path(re.search(r"lies in (\S+)\.$", done.stderr.strip())[1])  # type: ignore[index]

    assert (done.returncode, done.stdout, "Traceback" in done.stderr) == (1, "", False)
    assert "KeyError: 'a slip of ours'" in file.read_text()
    file.unlink()

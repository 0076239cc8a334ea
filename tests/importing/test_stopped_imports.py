"""An import that is killed or stopped leaves rows that are in, begun or absent, and goes on where it stopped."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.faces import terminal
from tests.faces.terminal import COMMAND, PASSWORD, Terminal
from tests.importing import papers

DOCUMENTS = 120  # enough that it cannot be over before the signal arrives
PREPARE = """
from indelible.kernel import acts
from indelible.kernel.context import SYSTEM, Context
from indelible.kernel.models import Record
from indelible.practice import accounts
from tests.homes import PASSWORD, SEEN
admin = Context(Record.objects.get(type="person").pk, "session")
department = acts.run(SYSTEM, "department.create", fields={"name": "Quality Control"}).number
for user, name, role in (("doc", "Doc Control", "doc_control"), ("ann", "Ann Author", "author")):
    fields = {"printed_name": name, "job_title": "Scientist", "user_id": user, "department": department}
    accounts.enrol(accounts.invite(admin, fields, identity=SEEN)[1], PASSWORD)
    grant = acts.run(SYSTEM, "grant.create", fields={"person": user, "role": role, "why": "Needed for the work"})
    acts.run(SYSTEM, "grant.establish", grant.record)
"""
STATES = """
from collections import Counter
from indelible.kernel.models import Record
import json
print(json.dumps(Counter(Record.objects.filter(type="document").values_list("state", flat=True))))
"""


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Terminal]:
    """Give a home that is being founded, with somebody who controls documents."""
    with terminal.fresh(tmp_path / "home") as made:
        assert made.init().code == 0
        made.inside(f"import sys; sys.path.insert(0, {str(Path.cwd())!r})\n{PREPARE}")
        yield made


def states(shell: Terminal) -> dict[str, int]:
    found: dict[str, int] = json.loads(shell.inside(STATES))
    return found


def arguments(binder: papers.Binder) -> list[str]:
    return ["import", "run", str(binder.folder), "--table", str(binder.table), "--mapping", str(binder.mapping),
            "--as", "doc", "--password-stdin", "--json"]  # fmt: skip


def begun(shell: Terminal, binder: papers.Binder) -> subprocess.Popen[str]:
    """Start the import and wait until it has brought something."""
    running = subprocess.Popen(
        [COMMAND, "--home", str(shell.home), *arguments(binder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, start_new_session=True, env=terminal._environment(),
        # What a shell runs in the background ignores SIGINT, and hands that on to all that it starts.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no thread runs here
    )  # fmt: skip
    assert running.stdin is not None
    running.stdin.write(f"{PASSWORD}\n")
    running.stdin.flush()
    for _ in range(6000):
        assert running.poll() is None, running.communicate()
        if sum(path.is_file() for path in (shell.home / "files").glob("??/*")) > 10:  # table, mapping, five rows or so
            return running
        time.sleep(0.01)
    raise AssertionError("nothing was brought")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_what_was_stopped_is_whole_and_goes_on_where_it_stopped(
    shell: Terminal, tmp_path: Path, how: signal.Signals
) -> None:
    binder = papers.binder(tmp_path / "binder", DOCUMENTS)
    running = begun(shell, binder)
    running.send_signal(how)
    out, err = running.communicate(timeout=60)
    assert "Traceback" not in err
    left = states(shell)
    assert set(left) <= {"draft", "attesting"}
    assert left.get("draft", 0) <= 1
    assert 0 < sum(left.values()) < DOCUMENTS, "stopped too late to show anything"
    if how == signal.SIGINT:
        assert running.returncode == 1, err
        assert "goes on from here" in json.loads(out)["detail"]

    again = shell.run(*arguments(binder), stdin=f"{PASSWORD}\n")
    assert again.code == 0, again.err
    assert (again.json["counts"]["brought"], again.json["counts"]["differences"]) == (DOCUMENTS, 0)
    assert again.json["brought_now"] >= DOCUMENTS - sum(left.values())
    assert states(shell) == {"attesting": DOCUMENTS}

    third = shell.run(*arguments(binder), stdin=f"{PASSWORD}\n")
    assert (third.code, third.json["brought_now"], third.json["run"]) == (0, 0, again.json["run"])
    assert shell.run("verify").code == 0


def test_the_commands_say_what_is_wrong_by_row_and_write_the_report(shell: Terminal, tmp_path: Path) -> None:
    binder = papers.binder(tmp_path / "binder", 3)
    binder.rows[1]["Owner"] = "Ann Auther"
    binder.write()
    given = [
        str(binder.folder),
        "--table",
        str(binder.table),
        "--mapping",
        str(binder.mapping),
        "--as",
        "doc",
        "--password-stdin",
    ]

    looked = shell.run("import", "check", *given, stdin=f"{PASSWORD}\n")
    assert looked.code == 1
    assert "row 3, Owner: Owner 'Ann Auther' is nobody active here; did you mean 'ann author'?" in looked.out
    dry = shell.run("import", "run", *given, "--dry-run", "--json", stdin=f"{PASSWORD}\n")
    assert (dry.code, dry.json["counts"]) == (1, {"new": 2, "begun": 0, "in": 0, "refused": 1})
    assert states(shell) == {}

    done = shell.run("import", "run", *given, "--json", stdin=f"{PASSWORD}\n")
    assert (done.code, done.json["counts"]["brought"], done.json["counts"]["refused"]) == (1, 2, 1)
    written = shell.run("import", "report", done.json["run"], "--output", str(tmp_path), "--as", "doc", "--password-stdin", "--json",
                        stdin=f"{PASSWORD}\n")  # fmt: skip
    assert {Path(name).suffix for name in written.json["files"]} == {".json", ".csv", ".pdf"}
    refused = shell.run("import", "run", *[*given[:-2], "ann", "--password-stdin"], stdin=f"{PASSWORD}\n")
    assert refused.code == 1
    assert "You may not bring in documents." in refused.err

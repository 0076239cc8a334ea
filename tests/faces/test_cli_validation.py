"""The commands about validation, as somebody types them: what they refuse, and that nothing is left of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faces import terminal
from tests.faces.terminal import ADMIN, PASSWORD, Terminal


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """Make one home with an administrator who has enrolled."""
    with terminal.fresh(tmp_path_factory.mktemp("validating") / "home") as shell:
        made = shell.init("--json")
        assert made.code == 0, made.err
        shell.enrol(made.json["admin_link"])
        yield shell


def test_after_a_change_nothing_of_the_machine_is_left_out(home: Terminal, tmp_path: Path) -> None:
    left_out = home.run("qualify", "--output", str(tmp_path / "out"), "--delta", "--only", "OQ-SIG-001")
    alone = home.run("qualify", "--output", str(tmp_path / "out"), "--delta")

    assert left_out.code == 2
    assert "--delta goes without --only" in left_out.err
    assert alone.code == 2
    assert "holds no package that this one could be compared with" in alone.err
    assert "qualify without --delta" in alone.err
    assert not (tmp_path / "out").exists()


def test_what_is_no_package_is_not_brought_into_document_control(home: Terminal, tmp_path: Path) -> None:
    asked = ["file-package", str(tmp_path), "--department", "DEP-01", "--reviewer", "rob", "--as", ADMIN, "--password-stdin"]
    answer, stranger = home.run(*asked, stdin=f"{PASSWORD}\n"), home.run(*asked, stdin="another one\n")

    assert answer.code == 2
    assert f"{tmp_path} holds no package that can be read" in answer.err
    assert "indelible qualify --output" in answer.err
    assert (stranger.code, "holds no package" in stranger.err) == (1, False)

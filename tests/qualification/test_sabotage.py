"""What is installed was tampered with: IQ names it, and the scripts notice the effect all the same."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from indelible.assurance.qualification import faulting
from indelible.project.qualifying import patching
from tests.faces import terminal
from tests.faces.terminal import Answer, Terminal


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    with terminal.fresh(tmp_path_factory.mktemp("sabotage") / "home") as shell:
        made = shell.init("--environment", "validation", "--json")
        assert made.code == 0, made.err
        if shell.database:
            shell.environment["INDELIBLE_OWNER_URL"] = shell.database
        yield shell


def qualify(home: Terminal, output: Path, *only: str) -> tuple[Answer, dict[str, str]]:
    """Run what is named; gives the answer, and the note of each that failed."""
    ran = home.run("qualify", "--output", str(output), "--only", ",".join(only), "--json")
    failed: list[dict[str, Any]] = ran.json["failed"] if ran.out.startswith("{") else []
    return ran, {one["script"]: one["note"] for one in failed}


def test_a_guard_that_is_gone_and_an_edited_folder_are_named(home: Terminal, tmp_path: Path) -> None:
    policies = home.home / "configuration" / "policies.yaml"
    text = policies.read_text("utf-8")
    ran, failed = qualify(home, tmp_path / "before", "IQ-LED-003", "IQ-LED-004", "IQ-SYS-007")
    assert (ran.code, failed) == (0, {}), ran.out + ran.err
    guard = "event_guard" if home.database else "event_guard_update"
    home.sql(f"DROP TRIGGER {guard}" + (" ON event" if home.database else ""))
    policies.write_text(text.replace("idle_minutes: 15", "idle_minutes: 30"), "utf-8")

    ran, failed = qualify(home, tmp_path / "after", "IQ-LED-003", "IQ-LED-004", "IQ-SYS-007")

    policies.write_text(text, "utf-8")
    assert ran.code == 1
    assert {"IQ-LED-003", "IQ-SYS-007"} <= set(failed)
    assert guard in failed["IQ-LED-003"]
    assert "IQ-LED-004" in failed or home.database  # there the account has no right to it, and the right is what refuses
    everything = " ".join(path.read_text("utf-8") for path in (tmp_path / "after" / "runs").glob("RUN-*.json"))
    assert "idle_minutes" in everything


@pytest.mark.campaign
@pytest.mark.proof
def test_a_changed_program_is_named_and_its_effect_is_noticed(
    home: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = next(one for one in faulting.load() if one.id == "FLT-SIG-002")

    with patching.tree(fault) as package:  # installed instead of what was approved
        monkeypatch.setenv("PYTHONPATH", f"{package}:{os.environ.get('PYTHONPATH', '')}")
        ran, failed = qualify(home, tmp_path / "out", "IQ-SYS-007", "OQ-SIG-003")

    assert ran.code == 1, ran.out + ran.err
    assert set(failed) == {"IQ-SYS-007", "OQ-SIG-003"}
    assert "Step 2" in failed["OQ-SIG-003"]
    everything = " ".join(path.read_text("utf-8") for path in (tmp_path / "out" / "runs").glob("RUN-*.json"))
    assert "kernel/signatures.py" in everything

"""The commands that plan and apply a configuration, as an operator runs them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from django.db import connection, connections

from indelible.kernel import config
from tests import homes
from tests.configuration.changing import approved, folder_of, numbers, raised
from tests.faces.terminal import Terminal
from tests.homes import PASSWORD, TestHome
from tests.torture.server import make_ready


@pytest.fixture
def shell(home: TestHome) -> Terminal:
    """Give a shell for the home of this test, with its folder."""
    folder_of(home)
    make_ready(home.path, homes.url_of(str(connection.settings_dict["NAME"])))
    return Terminal(home.path)


def test_an_approved_plan_is_applied_at_the_command_line_by_who_proves_to_be_the_applier(
    home: TestHome, shell: Terminal
) -> None:
    waiting, number = raised(home), approved(home)
    connections.close_all()
    early = shell.run("config", "apply", "--change", waiting, "--json")
    assert (early.code, early.json["rule"]) == (1, "change_is_approved")
    assert shell.run("config", "apply", "--change", "CC-999").code == 2
    wrong = shell.run("config", "apply", "--change", number, "--password-stdin", stdin="not it\n")
    assert (wrong.code, "do not belong together" in wrong.err) == (1, True)
    other = shell.run("config", "apply", "--change", number, "--as", "qua", "--password-stdin", stdin=f"{PASSWORD}\n")
    assert (other.code, numbers()) == (1, [1])

    done = shell.run("config", "apply", "--change", number, "--password-stdin", "--json", stdin=f"{PASSWORD}\n")

    assert done.code == 0, done.err
    assert (done.json["number"], done.json["change"], done.json["sha256"]) == (2, number, config.current().sha256)
    assert config.current().policies.idle_minutes == 20
    assert shell.run("config", "check", "--json").json["sha256"] == config.current().sha256  # the folder followed
    assert shell.run("config", "plan", "--json").json["changes"] == []
    listed = shell.run("config", "baselines", "--json").json["baselines"]
    assert [(one["number"], one["change"]) for one in listed] == [(1, None), (2, number)]
    twice = shell.run("config", "apply", "--change", number, "--password-stdin", "--json", stdin=f"{PASSWORD}\n")
    assert (twice.code, twice.json["rule"]) == (1, "plan_is_the_approved_one")


def test_a_plan_says_what_the_folder_would_change_and_what_it_would_destroy(shell: Terminal, tmp_path: Path) -> None:
    assert shell.run("config", "plan", "--json").json["changes"] == []
    shutil.copytree(shell.home / "configuration", ours := tmp_path / "ours")
    policies = ours / "policies.yaml"
    policies.write_text(policies.read_text().replace("idle_minutes: 15", "idle_minutes: 20"))
    planned = shell.run("config", "plan", str(ours), "--archive", str(tmp_path / "proposal.zip"), "--json").json
    change = planned["changes"][0]

    assert {"key", "before", "after", "gxp", "requirements", "tests"} <= set(change)
    assert (change["key"], change["before"], change["after"], change["gxp"]) == ("policies.idle_minutes", 15, 20, True)
    assert len(planned["hash"]) == 64
    assert (tmp_path / "proposal.zip").read_bytes()[:2] == b"PK"
    assert planned["hash"] in shell.run("config", "plan", str(ours)).out
    fields = ours / "types" / "person.yaml"
    fields.write_text(fields.read_text().replace("id: 1,", "id: 901,"))
    refused = shell.run("config", "plan", str(ours), "--json")
    assert (refused.code, refused.json["refusals"][0]["rule"]) == (1, "field_ids_are_for_ever")
    assert refused.json["refusals"][0]["file"] == "types/person.yaml"
    policies.write_text("idle_minuts: 20\n")
    broken = shell.run("config", "plan", str(ours))
    assert (broken.code, "idle_minutes" in broken.err) == (1, True)
    written = shell.run("config", "write", str(tmp_path / "back"), "--baseline", "1", "--json").json
    assert shell.run("config", "check", str(tmp_path / "back"), "--json").json["sha256"] == written["sha256"]
    assert shell.run("config", "write", str(tmp_path / "back")).code == 2
    assert shell.run("config", "apply", "--change", "CC-001").code == 2
    assert shell.run("config", "apply", "--change", "INS-001").code == 1

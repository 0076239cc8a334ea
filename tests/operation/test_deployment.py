"""What is shipped for operating is true: commands that exist, settings that exist, units that systemd understands, no rights."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from indelible.faces.api import figures
from indelible.faces.cli.main import app
from indelible.infra import environment
from indelible.infra.measures import REQUEST_SECONDS
from tests.architecture.source import ROOT

DEPLOY = ROOT / "deploy"
GUIDE = ROOT / "docs" / "guide" / "operating.md"
BACKUPS = GUIDE.with_name("backup-and-restore.md")
COMMAND = re.compile(r"^\$ (indelible .+)$", re.MULTILINE)


def test_every_command_of_the_guide_exists_with_its_options() -> None:
    told = "".join(page.read_text("utf-8") for page in (GUIDE, BACKUPS)).replace("\\\n> ", "")
    commands = COMMAND.findall(told)
    assert len(commands) > 10
    for line in commands:
        arguments = shlex.split(line)[1:]
        command: Any = get_command(app)
        context = None
        while hasattr(command, "commands"):
            context = command.make_context("indelible", arguments, resilient_parsing=True, parent=context)
            name, command, arguments = command.resolve_command(context, [*context._protected_args, *context.args])
            assert name, line
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in arguments if word.startswith("--")} <= known, line


@pytest.mark.parametrize("path", [GUIDE, *sorted(DEPLOY.iterdir())], ids=lambda path: path.name)
def test_every_setting_that_is_named_exists_and_can_have_its_value(path: Path) -> None:
    text = path.read_text("utf-8")
    given = dict(re.findall(r"^(?:Environment=)?(INDELIBLE_[A-Z]+)=(\S+)$", text, re.MULTILINE))

    environment.check(given)
    assert set(re.findall(r"INDELIBLE_[A-Z]+(?:_[A-Z]+)*", text)) <= set(environment.BY_NAME)


@pytest.mark.usefixtures("home")
def test_every_figure_that_the_guide_names_is_given() -> None:
    given = {metric.name for metric in figures.Figures().collect()} | {REQUEST_SECONDS._name, "indelible_backup_age_seconds"}

    assert set(re.findall(r"`(indelible_[a-z_]+)`", GUIDE.read_text("utf-8"))) <= given


def test_systemd_understands_the_units_and_they_have_few_rights(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("no systemd here")
    for unit in ("indelible.service", "indelible-backup.service", "indelible-backup.timer"):
        # The program itself is not installed here; everything else in the unit is to be understood.
        text = (DEPLOY / unit).read_text("utf-8").replace("/opt/indelible/bin/indelible", "/bin/true")
        (tmp_path / unit).write_text(text)
    units = [str(tmp_path / unit) for unit in ("indelible.service", "indelible-backup.service", "indelible-backup.timer")]
    told = subprocess.run([analyze, "verify", "--man=no", *units], capture_output=True, text=True, check=False)
    exposed = subprocess.run(
        [analyze, "security", "--offline=yes", "--threshold=20", units[0]], capture_output=True, text=True, check=False
    )

    assert (told.returncode, told.stderr) == (0, "")
    assert exposed.returncode == 0, exposed.stdout[-300:]


def test_the_image_has_no_rights_and_only_locked_packages() -> None:
    text = (DEPLOY / "Containerfile").read_text("utf-8")
    last = text.rpartition("\nFROM ")[2]

    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", last, re.MULTILINE)
    assert last.index("USER ") < last.index("ENTRYPOINT")
    assert len(re.findall(r"^VOLUME ", text, re.MULTILINE)) == 1
    assert all("--require-hashes" in line or "--no-deps" in line for line in text.splitlines() if "pip install" in line)
    copied = [word for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE) for word in line.split()[:-1]]
    assert [name for name in copied if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_the_proxies_hide_the_figures_and_overwrite_what_callers_say_of_themselves(name: str) -> None:
    text = (DEPLOY / name).read_text("utf-8")

    assert "/metrics" in text
    assert re.search(r"X-Forwarded-For\s+(\$remote_addr|\{remote_host\})", text)
    assert "101" in text

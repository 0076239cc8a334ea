"""What is shipped for operating is true: commands that exist, settings that exist, units that systemd understands, no rights."""

from __future__ import annotations

import os
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
from tests.faces import terminal
from tests.operation import proxies

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
    given = {metric.name for metric in figures.Figures().collect()} | {
        REQUEST_SECONDS._name,
        "indelible_backup_age_seconds",
        "indelible_restore_test_age_seconds",
        "indelible_drift_compared_age_seconds",
    }

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


def test_the_service_runs_as_its_unit_says_without_capabilities_and_ends_in_time(tmp_path: Path) -> None:
    """No systemd runs here, so the ExecStart line is started as it stands under what a unit's options mean to a process."""
    if (lesser := shutil.which("setpriv")) is None or os.geteuid() != 0:
        pytest.skip("needs setpriv, and rights to give away")
    unit = (DEPLOY / "indelible.service").read_text("utf-8")
    options = dict(re.findall(r"^([A-Za-z]+)=(.*)$", unit, re.MULTILINE))
    assert (options["NoNewPrivileges"], options["CapabilityBoundingSet"], options["UMask"]) == ("yes", "", "0077")
    with terminal.fresh(tmp_path / "home") as shell:
        assert shell.init("--json", "--environment", "validation").code == 0
        port = proxies.free_port()
        line = options["ExecStart"].replace("/opt/indelible/bin/indelible", str(terminal.COMMAND)).replace("8000", str(port))
        given = dict(re.findall(r"^(INDELIBLE_[A-Z]+)=(\S+)$", (DEPLOY / "indelible.env").read_text("utf-8"), re.MULTILINE))
        command = [
            lesser,
            "--no-new-privs",
            "--bounding-set=-all",
            "--inh-caps=-all",
            "--ambient-caps=-all",
            *shlex.split(line),
        ]
        served = subprocess.Popen(
            command, env=terminal._environment() | given | {"INDELIBLE_HOME": str(shell.home)}, umask=0o077,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True, start_new_session=True, cwd="/",
        )  # fmt: skip
        try:
            terminal._until_it_answers(served, port, "/readyz")
            status = Path(f"/proc/{served.pid}/status").read_text()
            group = served.pid
        finally:
            served.terminate()
            served.wait(int(options["TimeoutStopSec"]))

    assert re.findall(r"^(?:CapBnd|CapInh|CapAmb|NoNewPrivs):\s*(\S+)$", status, re.MULTILINE) == [
        "0" * 16,
        "0" * 16,
        "0" * 16,
        "1",
    ]
    assert terminal.members(group) == []


def test_the_image_has_no_rights_and_only_locked_packages() -> None:
    text = (DEPLOY / "Containerfile").read_text("utf-8")
    last = text.rpartition("\nFROM ")[2]

    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", last, re.MULTILINE)
    assert last.index("USER ") < last.index("ENTRYPOINT")
    assert len(re.findall(r"^VOLUME ", text, re.MULTILINE)) == 1
    assert all("--require-hashes" in line or "--no-deps" in line for line in text.splitlines() if "pip install" in line)
    copied = [word for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE) for word in line.split()[:-1]]
    assert [name for name in copied if not (ROOT / name).exists()] == []


def test_the_image_is_built_as_images_are_judged() -> None:
    """The rules that a reviewer of images asks first; `tests` has no engine that could build it."""
    text = (DEPLOY / "Containerfile").read_text("utf-8")
    steps = [step for step in re.sub(r"\\\n\s*", "", text).splitlines() if step and not step.startswith("#")]
    words = [step.partition(" ")[0] for step in steps]
    bases = [step.split()[1] for step in steps if step.startswith("FROM")]

    assert set(words) <= {
        "FROM",
        "WORKDIR",
        "RUN",
        "COPY",
        "ENV",
        "USER",
        "VOLUME",
        "EXPOSE",
        "HEALTHCHECK",
        "ENTRYPOINT",
        "CMD",
    }
    assert all(re.fullmatch(r"[a-z]+:\d+\.\d+(\.\d+)?-slim(@sha256:[0-9a-f]{64})?", base) for base in bases), bases
    assert "ADD" not in words
    assert words.count("HEALTHCHECK") == words.count("ENTRYPOINT") == words.count("CMD") == 1
    assert not re.search(r"(?i)password|secret|token|https?://(?!127\.0\.0\.1)|curl|wget|--privileged|chmod 777|sudo", text)
    assert all(step.split(" ", 1)[1].startswith("[") for step in steps if step.startswith(("ENTRYPOINT", "CMD")))
    assert [step for step in steps if step.startswith("COPY") and step.split()[1] == "."] == []


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_the_proxies_hide_the_figures_and_overwrite_what_callers_say_of_themselves(name: str) -> None:
    text = (DEPLOY / name).read_text("utf-8")

    assert "/metrics" in text
    assert re.search(r"X-Forwarded-For\s+(\$remote_addr|\{remote_host\})", text)

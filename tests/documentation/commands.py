"""The reference of the command line, from the commands themselves: each with its arguments, options and exit codes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from indelible.faces.cli import main
from tests.architecture.source import PACKAGE, tree_of
from tests.documentation.tables import code, page, table

# What it means when a command that did what was asked ends with 1 all the same.
FINDINGS = {
    "upgrade": "with `--check`, when there is something to do",
    "verify": "when something is not as it was recorded",
    "rebuild": "when projections differ and were not mended",
    "doctor": "when something is at fault",
    "drift": "when something is not as it was approved",
    "drift accept": "when something else is not as it was approved",
    "qualify": "when a test failed, a requirement in scope is not covered, the copy is not like production, or a seeded fault was not caught",
    "drill": "when the backup and the installation differ",
    "restore": "when what was restored does not verify",
    "config check": "when the configuration has faults",
    "config plan": "when the folder is no configuration, or the plan would destroy something",
    "user hand-over": "when a record stays with the person because somebody may not hand it over or take it",
    "import check": "when rows have problems",
    "import run": "when rows were refused, or what is stored differs from what was brought",
}
TOLD = """Every command takes `--json` (one JSON document on standard output; progress and messages go to standard error) and
`--help`. Times are ISO 8601 with offset, decimals are strings.

| Exit code | When |
|---|---|
| 0 | it was done, and nothing was found |
| 1 | a finding: damage, a difference, a refused act, a machine that cannot do it now; with `--json` the rule and what is missing |
| 2 | wrong use or bad input; nothing was done |

`--home` stands before the command and names the installation's folder: `indelible --home /srv/quality verify`."""


def reference() -> str:
    """Give the page."""
    return page("Command line", TOLD, *(_described(name, command) for name, command in commands()))


def commands() -> Iterator[tuple[str, Any]]:
    """Give every command that can be run with its whole name."""

    def below(group: Any, name: str) -> Iterator[tuple[str, Any]]:
        for word, command in group.commands.items():
            whole = f"{name} {word}".strip()
            if not getattr(command, "commands", None) or command.invoke_without_command:
                yield whole, command
            if getattr(command, "commands", None):
                yield from below(command, whole)

    yield from below(get_command(main.app), "")


def finding() -> set[str]:
    """Give the functions of the command line that end with 1 by a finding, as their source says."""
    found = set()
    for path in sorted((PACKAGE / "faces" / "cli").glob("*.py")):
        for node in tree_of(path).body:
            if isinstance(node, ast.FunctionDef) and "typer.Exit(FINDING)" in ast.unparse(node):
                found.add(f"{Path(path).stem}.{node.name}")
    return found


def place(command: Any) -> str:
    """Give file and name of the function behind a command."""
    function = command.callback
    return f"{function.__module__.rpartition('.')[2]}.{function.__wrapped__.__name__}"


def _described(name: str, command: Any) -> list[str]:
    # A group that does something by itself is told by its own function; its help is that of the group.
    told = (command.callback.__doc__ if getattr(command, "commands", None) else command.help) or ""
    example = (command.epilog or "").removeprefix("Example: ")
    given = [one for one in command.params if one.name != "help" and "--help" not in one.opts]
    arguments = [one for one in given if one.param_type_name == "argument"]
    usage = " ".join(["indelible --home HOME", name, *(_argument(one) for one in arguments), "[OPTIONS]"])
    ends = f"Ends with 1 also {FINDINGS[name]}." if name in FINDINGS else ""
    paragraphs = [" ".join(part.split()) for part in told.split("\n\n")]
    lines = [f"## {name}", "", *(line for part in paragraphs for line in (part, "")), *([ends, ""] if ends else [])]
    rows = [(code(one.name.upper()), one.help or "", "required" if one.required else "") for one in arguments]
    rows += [(_spelled(one), one.help or "", _default(one)) for one in given if one.param_type_name == "option"]
    return [*lines, "```text", usage, "```", "", *table(("Argument or option", "What it says", "Without it"), rows),
            *([f"Example: `{example}`", ""] if example else [])]  # fmt: skip


def _argument(one: Any) -> str:
    return str(one.name.upper()) if one.required else f"[{one.name.upper()}]"


def _spelled(one: Any) -> str:
    kind = one.type_descriptor.annotation
    word = (
        ""
        if one.is_flag
        else " " + getattr(kind, "__name__", "text").upper().replace("STR", "TEXT").replace("INT", "NUMBER")
    )
    return code(", ".join(one.opts) + word)


def _default(one: Any) -> str:
    told = "required" if one.required else "" if one.is_flag or one.default in (None, "") else code(one.default)
    named = f"`{one.envvar}`" if one.envvar else ""
    return ", else ".join(part for part in (named, told) if part)

"""How a page writes what is typed into a terminal, and how that is done: the only place that knows both.

A `console` block holds commands (`$ `, going on with `> `) and below each what it prints. `…` stands for what varies: in a
line for any text, as a line for any lines. A command without output below it is only expected to end well. A comment
directly above the block says what is different: `<!-- ends with 1 -->`, or `<!-- not run: why -->`. A block with a title is
written into the file of that name.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FENCE = re.compile(
    r"^(?P<indent> *)(?:<!-- (?P<mark>[^\n]+?) -->\n(?: *\n)? *)?```(?P<word>[a-z]+)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<body>.*?)^ *```$",
    re.MULTILINE | re.DOTALL,
)
ENDS = re.compile(r"ends with (?P<code>[012])")
NOT_RUN = re.compile(r"not run: (?P<why>.+)")
SECONDS = 300


@dataclass(frozen=True, slots=True)
class Command:
    """One command with the lines that the page shows below it."""

    line: int
    text: str
    shown: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block of a page: commands or a file, how it ends, or why it is not run."""

    page: Path
    line: int
    word: str
    body: str
    title: str | None
    mark: str

    @property
    def why_not(self) -> str | None:
        """Say why it is not run; None where it is."""
        found = NOT_RUN.fullmatch(self.mark)
        return found["why"] if found else None

    @property
    def code(self) -> int:
        """Give the exit code with which its last command ends."""
        found = ENDS.fullmatch(self.mark)
        return int(found["code"]) if found else 0

    def commands(self) -> Iterator[Command]:
        """Give its commands; raises ValueError for output above the first one."""
        found: list[Command] = []
        for number, line in enumerate(self.body.splitlines(), self.line + 1):
            if line.startswith("$ "):
                found.append(Command(number, line[2:]))
            elif line.startswith("> ") and found and not found[-1].shown:
                found[-1] = Command(found[-1].line, f"{found[-1].text}\n{line[2:]}")
            elif found:
                found[-1].shown.append(line)
            else:
                raise ValueError(f"{self.page}:{number}: a console block begins with `$ `")
        yield from found


def blocks(page: Path) -> Iterator[Block]:
    """Give the fenced blocks of a page in their order."""
    text = page.read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        line = text.count("\n", 0, found.start("body"))
        yield Block(page, line, found["word"], textwrap.dedent(found["body"]), found["title"], found["mark"] or "")


def run(block: Block, place: Path) -> Iterator[str]:
    """Do what a block says in a folder, and give a sentence for everything that is not as the page has it."""
    if block.title:
        target = place / block.title
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(block.body, encoding="utf-8")
    if block.word != "console" or block.why_not:
        return
    commands = [*block.commands()]
    for command in commands:
        code, printed = _typed(command.text, place)
        expected = block.code if command is commands[-1] else 0
        where = f"{block.page.name}:{command.line}: {command.text}"
        if code != expected:
            yield f"{where}\nended with {code}, not {expected}:\n{printed}"
        elif command.shown and not shows(command.shown, printed):
            yield f"{where}\nprinted:\n{printed}"


def shows(shown: list[str], printed: str) -> bool:
    """Say whether output is what a page shows of it, with `…` for what varies."""
    pattern = "".join(r"(?:.*\n)*?" if line.strip() == "…" else _line(line) for line in shown)
    return re.fullmatch(pattern, printed.rstrip("\n") + "\n") is not None


def _line(line: str) -> str:
    return ".*?".join(re.escape(part) for part in line.rstrip().split("…")) + r" *\n"


def _typed(text: str, place: Path) -> tuple[int, str]:
    """Type a command into a shell that stands in a folder, with the installed product and nothing of this process."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(place), "LANG": "C.UTF-8",
        "INDELIBLE_HOME": "demo-home", **{name: value for name in ("PYTHONPATH",) if (value := os.environ.get(name))},
    }  # fmt: skip
    done = subprocess.run(
        ["bash", "-c", text], cwd=place, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,  # noqa: S607
        stderr=subprocess.STDOUT, text=True, check=False, timeout=SECONDS,
    )  # fmt: skip
    return done.returncode, done.stdout

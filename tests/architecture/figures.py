"""The size of the project in figures, which budgets limit (`python -m tests.architecture.figures`)."""

from __future__ import annotations

import ast
import math
import tokenize
from collections import defaultdict
from pathlib import Path

from tests.architecture.source import (
    FLOORS,
    PACKAGE,
    ROOT,
    Function,
    docstrings,
    functions_in,
    is_migration,
    project_files,
    python_files,
    relative,
    text_of,
    tree_of,
)

LONGEST_FILE = 400
FUNCTION_P90 = 25
KERNEL_LINES = 3_146  # where it stands; it only shrinks from here towards 3,000 (docs/decisions/0008)
ROOT_ENTRIES = 14

WRITTEN_BY_HAND = {
    ".py",
    ".html",
    ".css",
    ".js",
    ".typ",
    ".yaml",
    ".yml",
    ".toml",
    ".md",
    ".sh",
    ".sql",
    ".svg",
    ".txt",
    "",
}
LONGER = {
    "requirements/*.txt": "locks, written by `make lock`",
    "docs/reference/*.md": "reference, written by `python -m tests.documentation`",
    "src/indelible/*/requirements.yaml": "the catalogue: a table of entries alike, read with file and line (docs/decisions/0040)",
    "src/indelible/assurance/catalogue/obligations/*.yaml": "likewise, one source a file (docs/decisions/0040)",
}


def file_lengths() -> dict[str, int]:
    """Count the lines of every file that a person writes; migrations and generated locks are not such."""
    return {
        relative(path): len(text.splitlines())
        for path in project_files()
        if path.suffix in WRITTEN_BY_HAND
        and not is_migration(path)
        and not any(path.match(pattern) for pattern in LONGER)
        and (text := text_of(path)) is not None
    }


def kernel_lines() -> int:
    """Count the kernel: lines of Python that do something, without migrations (docs/decisions/0008)."""
    kernel = PACKAGE / "kernel"
    return sum(len(code_lines(path)) for path in python_files() if kernel in path.parents)


def code_lines(path: Path) -> set[int]:
    """Give the lines that hold code: neither blank, nor comment, nor docstring."""
    quiet = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    with path.open("rb") as source:
        tokens = [token for token in tokenize.tokenize(source.readline) if token.type not in quiet]
    lines = {line for token in tokens for line in range(token.start[0], token.end[0] + 1) if token.start[0]}
    tree = tree_of(path)
    told = docstrings(tree)
    prose = [node for node in ast.walk(tree) if isinstance(node, ast.expr) and id(node) in told]
    return lines - {line for node in prose for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}


def functions_by_package() -> dict[str, list[Function]]:
    """Group the package's functions by floor, each face by itself, longest first."""
    packages: dict[str, list[Function]] = defaultdict(list)
    for path in python_files():
        parts = path.relative_to(PACKAGE).parts
        name = "/".join(parts[:2]) if parts[0] == "faces" and len(parts) > 2 else parts[0]
        packages[name] += functions_in(path)
    for found in packages.values():
        found.sort(key=lambda function: -function.lines)
    return {name: packages[name] for name in sorted(packages) if packages[name]}


def p90(functions: list[Function]) -> int:
    """Give the length that nine functions in ten do not exceed (nearest rank)."""
    ordered = sorted(function.lines for function in functions)
    return ordered[math.ceil(0.9 * len(ordered)) - 1]


def root_entries() -> list[str]:
    """Give what a visitor sees at the root: files and folders that are not hidden."""
    return sorted({name for p in project_files() if not (name := p.relative_to(ROOT).parts[0]).startswith(".")})


def main() -> None:
    lengths = file_lengths()
    longest = max(lengths, key=lambda name: lengths[name])
    entries = root_entries()
    print(f"kernel         {kernel_lines():>5} lines   of {KERNEL_LINES}")
    print(f"longest file   {lengths[longest]:>5} lines   of {LONGEST_FILE}   {longest}")
    print(f"root           {len(entries):>5} entries of {ROOT_ENTRIES}")
    for name, functions in functions_by_package().items():
        first = functions[0]
        print(
            f"{name:<14} {p90(functions):>5} p90     of {FUNCTION_P90}   "
            f"{len(functions)} functions, longest {first.lines}: {first.name} ({first.where})"
        )
    missing = [floor for floor in FLOORS if not (PACKAGE / floor).is_dir()]
    if missing:
        print(f"floors not there yet: {', '.join(missing)}")


if __name__ == "__main__":
    main()

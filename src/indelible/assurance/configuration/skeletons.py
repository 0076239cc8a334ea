"""The only place that reads and checks the texts with which records may begin: Markdown files beside the types.

They become part of the type's declaration, and so of the baseline: what a form offers is what was approved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from indelible.assurance.configuration import folder as layout
from indelible.assurance.configuration.checks.known import Fault, Faults, Known, blank, condition, live
from indelible.assurance.configuration.positions import UNSEEN, Problem, shown
from indelible.kernel.types import FieldDeclaration, TypeDeclaration
from indelible.practice import checklists

LARGEST = 20_000  # characters: a beginning, not a document
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}\.md")
_READER = MarkdownIt("commonmark", {"html": True}).enable("table")


def skeletons(found: TypeDeclaration, known: Known) -> Faults:
    """Check what a type says of its skeletons; their files are read and checked by `put_in`."""
    del known
    for name, skeleton in found.skeletons.items():
        steps = ("skeletons", name)
        field = found.field(skeleton.field)
        yield from blank(skeleton.label, "The label", (*steps, "label"))
        yield from live(found, skeleton.field, (*steps, "field"))
        if field is not None and field.kind not in ("rich_text", "table"):
            yield Fault((*steps, "field"), f"A skeleton begins an authored text or a table; {field.name!r} is neither.")
        yield from condition(found, skeleton.when, (*steps, "when"))
        if (skeleton.file is None) == (not skeleton.text):
            yield Fault(steps, "A skeleton is a `file` or a `text` that is written here: give one of both.", key=True)
        for _, message in (*_faults(skeleton.text), *_rows(field, skeleton.text)) if skeleton.text else ():
            yield Fault((*steps, "text"), message)


def put_in(folder: Path, types: Mapping[str, TypeDeclaration]) -> tuple[dict[str, TypeDeclaration], list[Problem]]:
    """Give the types with the texts of their skeletons' files, and every problem of these files with its line."""
    problems: list[Problem] = []
    texts: dict[str, str] = {}
    for path in layout.skeleton_files(folder):
        place = f"{layout.SKELETONS}/{layout.printable(path.name)}"
        if not NAME.fullmatch(path.name) or not path.is_file():
            message = "This is no skeleton; small letters, digits and hyphens, such as work-instruction.md."
            problems.append(Problem(place, 1, 1, "", message))
            continue
        text, found = _read(path)
        texts[path.name] = text
        problems += [Problem(place, line, 1, "", message) for line, message in found]
    problems += _between(types, texts)
    return {name: _with(declared, texts) for name, declared in types.items()}, problems


def _with(declared: TypeDeclaration, texts: Mapping[str, str]) -> TypeDeclaration:
    named = {name: one for name, one in declared.skeletons.items() if one.file in texts}
    if not named:
        return declared
    full = {name: one.model_copy(update={"text": texts[one.file or ""]}) for name, one in named.items()}
    return declared.model_copy(update={"skeletons": {**declared.skeletons, **full}})


def _between(types: Mapping[str, TypeDeclaration], texts: Mapping[str, str]) -> Iterator[Problem]:
    asked: set[str] = set()
    for declared in types.values():
        for name, skeleton in declared.skeletons.items():
            if skeleton.file is None:
                continue
            asked.add(skeleton.file)
            if skeleton.file not in texts:
                message = f"The skeleton {name!r} of {declared.type!r} is asked for and is not there; write it."
                yield Problem(f"{layout.SKELETONS}/{layout.printable(skeleton.file)[:80]}", 1, 1, "", message)
                continue
            for line, message in _rows(declared.field(skeleton.field), texts[skeleton.file]):
                yield Problem(f"{layout.SKELETONS}/{skeleton.file}", line, 1, "", message)
    for name in sorted(set(texts) - asked):
        message = "No type asks for this skeleton; name it under `skeletons` of a type, or take it away."
        yield Problem(f"{layout.SKELETONS}/{name}", 1, 1, "", message)


def _read(path: Path) -> tuple[str, list[tuple[int, str]]]:
    with path.open("rb") as stream:
        data = stream.read(4 * LARGEST + 1)
    try:
        text = data.decode("utf-8").replace("\r\n", "\n").strip()
    except UnicodeDecodeError as fault:
        return "", [(data.count(b"\n", 0, fault.start) + 1, "The file is not UTF-8 from here on; save it as UTF-8.")]
    return text, list(_faults(text))


def _faults(text: str) -> Iterator[tuple[int, str]]:
    """Find what keeps a text from being a skeleton, by line."""
    if len(text) > LARGEST:
        yield 1, f"A skeleton has at most {LARGEST:,} characters; this one has {len(text):,}. Shorten it."
        return
    if found := UNSEEN.search(text):
        line = text.count("\n", 0, found.start()) + 1
        yield line, f"The character U+{ord(found.group()):04X} is not seen by who reads this; take it away."
    tokens = _READER.parse(text)
    headings: dict[str, int] = {}
    for at, token in enumerate(tokens):
        line = (token.map or [0])[0] + 1
        if token.type == "heading_open":
            words = tokens[at + 1].content.strip()
            if not words or words.casefold() in headings:
                yield line, f"The section {shown(words)} stands here a second time or has no name; give it another one."
            headings[words.casefold()] = line
        yield from _foreign(token, line)
    if not headings:
        yield 1, "A skeleton has sections, and this one has none; begin each with ##."


def _rows(field: FieldDeclaration | None, text: str) -> Iterator[tuple[int, str]]:
    """Find what keeps a text from being the rows of a table field."""
    if field is None or field.kind != "table":
        return
    try:
        checklists.rows(text, field.columns)
    except checklists.NoTable as wrong:
        yield 1, str(wrong)


def _foreign(token: Token, line: int) -> Iterator[tuple[int, str]]:
    kinds = [token.type, *(child.type for child in token.children or ())]
    if "html_block" in kinds or "html_inline" in kinds:
        yield line, "HTML is shown as it is written, never as what it means; write Markdown."
    if "image" in kinds:
        yield line, "A new record has no pictures yet, so a skeleton shows none; take it away."

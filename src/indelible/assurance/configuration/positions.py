"""The only place that reads YAML text: into nodes that keep what was written and where, and problems with their place.

YAML gives structure and nothing else. No value is guessed here: `no`, `12:30:00` and `1_000` stay the text that
somebody wrote, and the grammar decides later what they are (`assurance.configuration.values`). What could hide something from a
reader of the file (a second equal key, an anchor, a tag, an invisible character) is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml import events as yaml_events
from ruamel.yaml.error import MarkedYAMLError, StreamMark, YAMLError

Steps: TypeAlias = tuple[str | int, ...]
# The longest shipped type has some 15,000 bytes; ruamel needs seconds for a million, so nobody waits for a slip.
LARGEST = 250_000
DEEPEST = 24
MOST_PROBLEMS = 100
# Controls, line ends that editors do not count, marks that turn the direction of writing: a reader would not see them.
UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]|\r(?!\n)"
)
# What an escape in double quotes could still bring in; a line end may stand in a long text.
ESCAPED = re.compile(f"{UNSEEN.pattern}|[\t\r\ud800-\udfff]")
# Where ruamel falls over without saying where: an escape beyond Unicode, a version with thousands of digits.
BEYOND = re.compile(r"\\U(?!000[0-9A-Fa-f]|0010)[0-9A-Fa-f]{8}|^%.*", re.MULTILINE)
PLAIN_STEP = re.compile(r"[A-Za-z0-9_-]{1,60}")


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to mend: where it stands, at which value, and a sentence that says how."""

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        return ": ".join(part for part in (f"{self.file}:{self.line}:{self.column}", self.path, self.message) if part)


class Broken(Exception):
    """The configuration cannot be used; `errors` holds every problem that was found, in the order of files and lines."""

    def __init__(self, errors: list[Problem]) -> None:
        self.errors = sorted(set(errors))
        super().__init__("\n".join(str(problem) for problem in self.errors))


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar as it was written; `plain` when without quotes."""

    line: int
    column: int
    text: str
    plain: bool


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys with their values, in written order."""

    line: int
    column: int
    items: dict[str, tuple[Text, Node]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    line: int
    column: int
    items: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Refused:
    """Stands where something was refused already, so that nobody complains about it twice."""

    line: int
    column: int


Node: TypeAlias = Text | Mapping | Sequence | Refused


@dataclass(slots=True)
class Source:
    """One file that was read: its nodes (None when it could not be read at all) and what is wrong with it."""

    file: str
    root: Node | None = None
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, at: tuple[int, int], message: str, path: str = "") -> None:
        """Note a problem."""
        self.problems.append(Problem(self.file, *at, path, message))

    def blame(self, steps: Steps, message: str, *, key: bool = False) -> Problem:
        """Make a problem about the value (or the key) at a path."""
        return Problem(self.file, *self.place(steps, key=key), dotted(steps), message)

    def place(self, steps: Steps, *, key: bool = False) -> tuple[int, int]:
        """Give line and column of a value; of its key where it is a collection or where the key is meant."""
        node, at = self.root, (1, 1)
        for index, step in enumerate(steps):
            last = index == len(steps) - 1
            if isinstance(node, Mapping) and step in node.items:
                name, node = node.items[str(step)]
                shown = name if (last and key) or not isinstance(node, Text) else node
                at = (shown.line, shown.column)
            elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
                node = node.items[step]
                at = (node.line, node.column)
            else:
                break
        return at


def dotted(steps: Steps) -> str:
    """Write a path as people do: `lifecycle.draft.moves.submit.signs[0].by`."""
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += ("." if text else "") + (step if PLAIN_STEP.fullmatch(step) else shown(step))
    return text


def shown(text: str) -> str:
    """Quote what somebody wrote, on one line and not too long."""
    return repr(text if len(text) <= 60 else f"{text[:57]}...")


def read(file: str, data: bytes) -> Source:
    """Read one file; whatever is wrong with it is in the result, never raised."""
    source = Source(file)
    text = _decoded(source, data)
    if text is None or _hidden(source, text):
        return source
    reader = _Reader(source)
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            if not reader.take(event) or _enough(source, event):
                return source
    except MarkedYAMLError as fault:
        source.refuse(_where(fault), _explained(fault))
        return source
    except (YAMLError, ValueError, OverflowError) as fault:
        found = BEYOND.search(text)
        at = _after(text[: found.start()]) if found else (1, 1)
        source.refuse(at, f"This is not readable as YAML: {shown(str(fault))}.")
        return source
    if reader.root is None and not source.problems:
        source.refuse((1, 1), "The file says nothing; write its keys, or delete it.")
    source.root = reader.root
    return source


def _decoded(source: Source, data: bytes) -> str | None:
    if len(data) > LARGEST:
        source.refuse((1, 1), f"The file has {len(data)} bytes; at most {LARGEST} are read. Split or shorten it.")
    elif data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        source.refuse((1, 1), "The file begins with a byte order mark; save it as UTF-8 without one.")
    else:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as fault:
            before = data[: fault.start].decode("utf-8")
            source.refuse(_after(before), f"Byte 0x{data[fault.start]:02X} is not UTF-8; save the file as UTF-8.")
    return None


def _hidden(source: Source, text: str) -> bool:
    tab = text.find("\t")
    if tab >= 0:
        source.refuse(_after(text[:tab]), "A tab stands here; use spaces.")
    if found := UNSEEN.search(text):
        code = f"U+{ord(found.group()[0]):04X}"
        source.refuse(_after(text[: found.start()]), f"The invisible character {code} stands here; take it away.")
    return bool(source.problems)


def _enough(source: Source, event: yaml_events.Event) -> bool:
    if len(source.problems) >= MOST_PROBLEMS:
        source.refuse(_at(event.start_mark), f"{MOST_PROBLEMS} problems up to here; the rest of the file was not read.")
    return len(source.problems) > MOST_PROBLEMS


def _after(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _at(mark: StreamMark | None) -> tuple[int, int]:
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


class _Reader:
    """Builds nodes from events with a stack of its own, so that no nesting can exhaust Python's."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.root: Node | None = None
        self.documents = 0
        self.open: list[tuple[Mapping | Sequence, Text | Refused | None]] = []

    def take(self, event: yaml_events.Event) -> bool:
        """Take the next event; gives False when reading on makes no sense."""
        at = _at(event.start_mark)
        if isinstance(event, yaml_events.DocumentStartEvent):
            return self._document(event, at)
        if isinstance(event, yaml_events.CollectionEndEvent):
            return self._close()
        if isinstance(event, yaml_events.AliasEvent):
            self.source.refuse(
                at, f"The alias {shown(event.anchor)} stands here; write the value out, aliases are not read."
            )
            return self._place(Refused(*at))
        if isinstance(event, yaml_events.NodeEvent):
            return self._node(event, at)
        return True

    def _document(self, event: yaml_events.DocumentStartEvent, at: tuple[int, int]) -> bool:
        self.documents += 1
        if self.documents > 1:
            self.source.refuse(at, "A second document begins here; a file holds one. Take the line `---` away.")
        elif event.version or event.tags:
            self.source.refuse(at, "A % directive stands before the document; take it away, none is read.")
        return not self.source.problems

    def _node(self, event: yaml_events.NodeEvent, at: tuple[int, int]) -> bool:
        if event.anchor is not None:
            self.source.refuse(at, f"The anchor {shown(event.anchor)} stands here; take it away, anchors are not read.")
        if (tag := getattr(event, "tag", None)) is not None:
            message = f"The tag {shown(str(tag))} stands here; take it away, the grammar says what a value is."
            self.source.refuse(at, message)
        if isinstance(event, yaml_events.ScalarEvent):
            return self._place(self._text(event, at))
        if len(self.open) >= DEEPEST:
            self.source.refuse(at, f"Nested more than {DEEPEST} levels deep; nothing in the grammar needs that.")
            return False
        inner = Mapping(*at) if isinstance(event, yaml_events.MappingStartEvent) else Sequence(*at)
        self.open.append((inner, None))
        return True

    def _text(self, event: yaml_events.ScalarEvent, at: tuple[int, int]) -> Node:
        if found := ESCAPED.search(event.value):
            code = f"U+{ord(found.group()[0]):04X}"
            self.source.refuse(at, f"An escape writes the invisible character {code} here; take it away.")
            return Refused(*at)
        return Text(*at, event.value, plain=event.style is None)

    def _close(self) -> bool:
        node, _ = self.open.pop()
        return self._place(node)

    def _place(self, node: Node) -> bool:
        if not self.open:
            self.root = node
            return True
        holder, key = self.open[-1]
        if isinstance(holder, Sequence):
            holder.items.append(node)
        elif key is None:
            self.open[-1] = (holder, self._key(holder, node))
        else:
            self.open[-1] = (holder, None)
            if isinstance(key, Text):
                holder.items[key.text] = (key, node)
        return True

    def _key(self, holder: Mapping, node: Node) -> Text | Refused:
        at = (node.line, node.column)
        if isinstance(node, Refused):
            return node
        if not isinstance(node, Text) or not node.text:
            self.source.refuse(at, "A key is a word; this one is empty, a list or has keys itself.")
        elif node.plain and node.text == "<<":
            self.source.refuse(at, "The merge key << stands here; write the keys out, nothing is merged.")
        elif node.text in holder.items:
            first = holder.items[node.text][0].line
            message = f"The key {shown(node.text)} stands here a second time (first in line {first}); keep one of them."
            self.source.refuse(at, message)
        else:
            return node
        return Refused(*at)


def _where(fault: MarkedYAMLError) -> tuple[int, int]:
    # What is never closed or never followed by its colon is noticed far below; it is mended where it begins.
    begun = "a quoted scalar" in str(fault.context) or "simple key" in str(fault.context)
    return _at((fault.context_mark if begun else fault.problem_mark) or fault.context_mark)


def _explained(fault: MarkedYAMLError) -> str:
    said = f"{fault.context or ''} {fault.problem or ''}".strip()
    found = next((sentence for words, sentence in _SENTENCES if words in said), None)
    return found or f"This is not readable as YAML: {shown(said)}."


_SENTENCES = (
    ("mapping values are not allowed", "A colon stands where no key can begin; look at the indentation, or quote the text."),
    (
        "could not find expected ':'",
        "A key without its colon; write `key: value`, or indent the line as part of the text above.",
    ),
    ("cannot start any token", "A value cannot begin with this character; put the text in quotes."),
    ("while scanning a quoted scalar", "The quotes that begin here are not closed; close them."),
    ("while scanning a double-quoted", "A backslash that YAML does not know; write two of them, or use single quotes."),
    ("while parsing a flow", "A bracket or brace is not closed, or a comma is missing; look at the list around this place."),
    ("but found '<block", "This line is not indented like its neighbours; begin it in the same column."),
    ("while parsing a block", "This does not belong to the block above; look at the indentation and the quotes."),
)


def keys(node: Node | None) -> Iterator[str]:
    """Give the keys of a mapping; none for anything else."""
    return iter(node.items if isinstance(node, Mapping) else ())

"""The only place that says what a written value is: the grammar's field decides, never YAML.

It walks nodes and grammar together. What does not fit is a problem with its place and is left out of the plain
value; pydantic then judges the rest (patterns, ranges, missing keys), and its findings get their places here.
"""

from __future__ import annotations

import difflib
import re
import types
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal, TypeAlias, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from indelible.assurance.configuration.positions import Mapping, Node, Refused, Sequence, Source, Steps, Text, shown

Value = TypeVar("Value")
INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
FILLED_IN = frozenset({"order", "work"})


class _Left:
    """Stands for a value that was refused; pydantic stumbles over it at a place that is reported already."""


LEFT = _Left()
Plain: TypeAlias = str | int | bool | list[Any] | dict[str, Any] | _Left


def take(source: Source, grammar: type[Value] | Any) -> Value | None:
    """Give the file's value as the grammar has it; None when the source now holds problems."""
    if source.root is None:
        return None
    walk = _Walk(source)
    plain = walk.value(source.root, grammar, ())
    try:
        found: Value = TypeAdapter(grammar).validate_python(plain, strict=True)
    except ValidationError as fault:
        for error in fault.errors(include_url=False):
            walk.judged(error)
        return None
    return None if source.problems else found


def suggestion(word: str, known: Iterable[str]) -> str:
    """Give a hint for a word that is not known: the nearest known one, or all of them where they are few."""
    names = sorted({name for name in known if name.strip()})
    near = difflib.get_close_matches(word[:60], names, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    if not names:
        return "none is declared."
    return f"known: {', '.join(names)}." if len(names) <= 24 else f"{len(names)} are known, none is near."


class _Walk:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.reported: set[Steps] = set()

    def value(self, node: Node, grammar: Any, steps: Steps) -> Any:
        """Turn a node into what the grammar wants, LEFT where it cannot be that."""
        if isinstance(node, Refused):
            self.reported.add(steps)
            return LEFT
        origin, inner = get_origin(grammar), get_args(grammar)
        if origin is Annotated:
            return self.value(node, inner[0], steps)
        if isinstance(grammar, type) and issubclass(grammar, BaseModel):
            return self._model(node, grammar, steps)
        if origin in (list, dict):
            return self._list(node, inner[0], steps) if origin is list else self._dict(node, inner[1], steps)
        either = origin in (Union, types.UnionType)
        return self._either(node, inner, steps) if either else self._scalar(node, grammar, steps)

    def _wrong(self, steps: Steps, message: str, *, key: bool = False) -> _Left:
        self.reported.add(steps)
        self.source.problems.append(self.source.blame(steps, message, key=key))
        return LEFT

    def _model(self, node: Node, grammar: type[BaseModel], steps: Steps) -> Any:
        if not isinstance(node, Mapping):
            return self._wrong(steps, f"This holds keys ({_few(grammar.model_fields)}); write them as `key: value`.")
        found = {}
        for name, (_, inner) in node.items.items():
            if (declared := grammar.model_fields.get(name)) is None:
                hint = suggestion(name, grammar.model_fields)
                self._wrong((*steps, name), f"The key {shown(name)} is not known here; {hint}", key=True)
            else:
                found[name] = self.value(inner, declared.annotation, (*steps, name))
        return found

    def _list(self, node: Node, inner: Any, steps: Steps) -> Any:
        if isinstance(node, Sequence):
            return [self.value(item, inner, (*steps, index)) for index, item in enumerate(node.items)]
        wrote = f"; write [{node.text}]" if isinstance(node, Text) and node.text else ""
        return self._wrong(steps, f"This must be a list{wrote}.")

    def _dict(self, node: Node, inner: Any, steps: Steps) -> Any:
        if isinstance(node, Mapping):
            return {name: self.value(item, inner, (*steps, name)) for name, (_, item) in node.items.items()}
        return self._wrong(steps, "This must hold names with their values; write them as `name: value`.")

    def _either(self, node: Node, inner: tuple[Any, ...], steps: Steps) -> Any:
        wanted = [one for one in inner if one is not type(None)]
        if isinstance(node, Text) and node.plain and node.text in NOTHING and len(wanted) < len(inner):
            return self._wrong(steps, "Nothing is written here; give a value, or take the key away.")
        if len(wanted) == 1:
            return self.value(node, wanted[0], steps)
        words = [word for one in wanted if get_origin(one) is Literal for word in get_args(one)]
        if isinstance(node, Text) and node.text in words:
            return node.text
        if isinstance(node, Text) and node.plain and INTEGER.fullmatch(node.text):
            return int(node.text)
        return self._wrong(steps, f"{_written(node)} must be a whole number or {' or '.join(words)}.")

    def _scalar(self, node: Node, grammar: Any, steps: Steps) -> Any:
        if not isinstance(node, Text):
            return self._wrong(steps, "A single value belongs here, not a list or keys.")
        if node.plain and not node.text:
            return self._wrong(steps, "Nothing is written here; give a value, or take the key away.")
        if get_origin(grammar) is Literal:
            known = get_args(grammar)
            message = f"{shown(node.text)} is not one of: {', '.join(known)}."
            return node.text if node.text in known else self._wrong(steps, message)
        if grammar in _READ:
            words, read = _READ[grammar]
            found = read(node.text) if node.plain else None
            return self._wrong(steps, f"{shown(node.text)} must be {words}.") if found is None else found
        return node.text

    def judged(self, error: ErrorDetails) -> None:
        """Give a finding of pydantic its place, unless something at or above it is reported already."""
        place = error["loc"]
        key = bool(place) and place[-1] == "[key]"
        steps = place[:-1] if key else place
        if any(steps[: len(known)] == known for known in self.reported) or self._filled_in(steps):
            return
        message = _SENTENCES.get(error["type"], _as_said)(error)
        self.source.problems.append(self.source.blame(steps, message, key=key))

    def _filled_in(self, steps: Steps) -> bool:
        """Say whether the grammar itself filled this in from names that are reported where they were written."""
        node: Any = self.source.root
        for step in steps:
            if step in FILLED_IN and isinstance(node, Mapping) and step not in node.items:
                return True
            if isinstance(node, Mapping) and step in node.items:
                node = node.items[str(step)][1]
            elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
                node = node.items[step]
        return False


_READ: dict[Any, tuple[str, Callable[[str], bool | int | None]]] = {
    bool: ("true or false, without quotes", {"true": True, "false": False}.get),
    int: (
        "a whole number in plain digits, without quotes",
        lambda text: int(text) if INTEGER.fullmatch(text) else None,
    ),
}


def _few(fields: Iterable[str]) -> str:
    names = [*fields]
    return ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")


def _written(node: Node) -> str:
    return shown(node.text) if isinstance(node, Text) else "This"


_WANTED = {
    "sso_issuer": "identity provider; write how it calls itself, with https://, such as https://login.example.com",
    "security_contact": "address; write name@host, or nothing",
}


def _pattern(error: ErrorDetails) -> str:
    wrote = shown(str(error["input"]))
    if error["loc"][-1] in _WANTED:
        return f"{wrote} is no {_WANTED[str(error['loc'][-1])]}."
    if error["ctx"]["pattern"].startswith("^[a-z]"):
        return f"{wrote} is no name; write lower case letters, digits and _, a letter first, at most 40 characters."
    return f"{wrote} is no prefix; write 2 to 6 capital letters and digits, a letter first."


def _as_said(error: ErrorDetails) -> str:
    return f"{error['msg']}."


_SENTENCES: dict[str, Any] = {
    "missing": lambda error: f"The key {error['loc'][-1]!r} is missing; add it.",
    "string_pattern_mismatch": _pattern,
    "too_short": lambda _: "This must not be empty; name at least one.",
    "greater_than_equal": lambda error: f"{error['input']} is too small; at least {error['ctx']['ge']}.",
    "less_than_equal": lambda error: f"{error['input']} is too large; at most {error['ctx']['le']}.",
}

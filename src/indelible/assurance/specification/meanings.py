"""The only place that gives each key of the grammar its sentence, from the very source that reads it."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

from pydantic_core import PydanticUndefined

from indelible.assurance.drift import areas
from indelible.kernel.parts import Part


@dataclass(frozen=True, slots=True)
class Key:
    """One key as configured: its dotted path, value, sentence, default and range; `given` where it is not the default."""

    path: str
    value: Any
    meaning: str
    default: Any
    range: str
    gxp: bool
    given: bool


def keys(part: Part, path: str) -> Iterator[Key]:
    """Give every key of a part of the configuration and of the parts within it, in declared order."""
    told = sentences(type(part))
    for name, field in type(part).model_fields.items():
        here, value = f"{path}.{name}", getattr(part, name)
        default = field.get_default(call_default_factory=True)
        default = None if default is PydanticUndefined else default
        inner = list(_inside(value, here))
        if inner:
            for one, place in inner:
                yield from keys(one, place)
        else:
            yield Key(here, _plain(value), told.get(name, ""), _plain(default), bounds(field.metadata, field.annotation),
                      areas.is_gxp(f"configuration.{here}"), field.is_required() or value != default)  # fmt: skip


@cache
def sentences(part: type[Part]) -> dict[str, str]:
    """Give each key of a part with the sentence that stands below it in the source."""
    tree = ast.parse(inspect.getsource(sys.modules[part.__module__]))
    owner = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == part.__name__)
    found: dict[str, str] = {}
    for line, prose in zip(owner.body, owner.body[1:], strict=False):
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and isinstance(prose, ast.Expr):
            found[line.target.id] = " ".join(str(ast.literal_eval(prose.value)).split())
    return found


def bounds(metadata: list[Any], annotation: Any) -> str:
    """Say what a value may be: a range, or the words of which it is one."""
    said = {key: value for one in metadata for key in ("ge", "le") if (value := getattr(one, key, None)) is not None}
    if said:
        return f"{said.get('ge', '')} to {said.get('le', '')}"
    words = [str(word) for word in get_args(annotation) if isinstance(word, str)]
    return ", ".join(words)


def _inside(value: Any, path: str) -> Iterator[tuple[Part, str]]:
    if isinstance(value, Part):
        yield value, path
    elif isinstance(value, dict):
        yield from ((one, f"{path}.{name}") for name, one in value.items() if isinstance(one, Part))
    elif isinstance(value, list):
        yield from (
            (one, f"{path}.{getattr(one, 'name', None) or at}") for at, one in enumerate(value) if isinstance(one, Part)
        )


def _plain(value: Any) -> Any:
    if isinstance(value, Part):
        return value.model_dump(mode="json")
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value

"""The reference of the declarations, from the models that read them: each key with its sentence, its kind, its default."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from functools import cache
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import TypeAdapter
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from indelible.assurance.configuration.checks.fields import FITS
from indelible.assurance.configuration.loader import GRAMMAR
from indelible.kernel.parts import KINDS, Name, Part
from indelible.kernel.types import RELATIONS
from tests.architecture.source import described
from tests.documentation.tables import code, codes, page, table

FILES = {
    "company": ("company.yaml", ""),
    "policies": ("policies.yaml", ""),
    "roles": ("roles.yaml", "Each key is the name of a role."),
    "meanings": ("meanings.yaml", "Each key is the name of a meaning of a signature."),
    "retention": ("retention.yaml", "Each key is the name of a retention class."),
    "type": ("types/NAME.yaml", "One file for each type of record; [an example](../guide/own-type.md)."),
}
TOLD = """A configuration is a folder of YAML files. The loader (`indelible config check`) refuses what it does not know, with
file, line and column; a key that is not listed here does not exist. There are no expressions: the only condition is
`when: {field: [values]}`, and everything cleverer is a [named rule](rules.md) written in Python.

A *name* is written in lower-case letters, digits and underscores. Who may do something is a list of [roles](roles.md), of
relations (see below), or of person fields of the type itself."""


DECISIONS = re.compile(r" \(D\d+\)")  # for who reads the source
BESIDE = (f"Beside roles and person fields: {codes(sorted(RELATIONS))}. What each means stands in the "
          "[list of words](../../GLOSSARY.md).")  # fmt: skip


def reference() -> str:
    """Give the page."""
    parts = [line for kind, (file, told) in FILES.items() for line in _file(kind, file, told)]
    relations = ["## Relations", "", BESIDE, ""]
    rows = [(code(kind), codes(key for key, kinds in FITS.items() if kind in kinds)) for kind in KINDS]
    kinds = ["## Kinds of fields", "", "Keys that only some kinds know:", "", *table(("Kind", "Knows also"), rows)]
    return page("Grammar of declarations", TOLD, parts, kinds, relations)


def keys(part: type[Part]) -> dict[str, str]:
    """Give each key of a part with its sentence; raises KeyError for one that nobody has described."""
    told = _sentences(part)
    return {name: told[name] for name in part.model_fields}


def parts(kind: str) -> list[type[Part]]:
    """Give the parts of one kind of file in the order in which a reader meets them."""
    found: list[type[Part]] = []

    def meet(annotation: Any) -> None:
        if isinstance(annotation, type) and issubclass(annotation, Part):
            if annotation not in found:
                found.append(annotation)
                for field in annotation.model_fields.values():
                    meet(field.annotation)
            return
        for inner in get_args(annotation):
            meet(inner)

    meet(GRAMMAR[kind])
    return found


def _file(kind: str, file: str, told: str) -> list[str]:
    lines = [f"## {file}", "", *([told, ""] if told else [])]
    for index, part in enumerate(parts(kind)):
        lines += [f"### {_heading(part)}", ""] if index else []
        sentence = " ".join(DECISIONS.sub("", inspect.cleandoc(part.__doc__ or "")).split())
        rows = [(code(name), text, *_shape(part.model_fields[name])) for name, text in keys(part).items()]
        lines += [sentence, "", *table(("Key", "What it says", "May be", "Without it"), rows)]
    return lines


@cache
def _sentences(part: type[Part]) -> dict[str, str]:
    tree = ast.parse(inspect.getsource(sys.modules[part.__module__]))
    owner = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == part.__name__)
    return {name: ast.literal_eval(prose.value) for name, prose in described(owner)}


def _heading(part: type[Part]) -> str:
    words = "".join(
        f" {letter.lower()}" if letter.isupper() else letter for letter in part.__name__.removesuffix("Declaration")
    )
    return words.strip().capitalize()


def _shape(field: FieldInfo) -> tuple[str, str]:
    may = _kind(field.annotation, _bounds(field.metadata))
    if field.is_required():
        return may, "required"
    default = field.get_default(call_default_factory=True)
    empty = default in (None, "", PydanticUndefined, [], {})
    return may, "" if empty else code(str(default).lower() if isinstance(default, bool) else default)


def _bounds(metadata: list[Any]) -> str:
    """Say within what a value lies: `5 to 30`, `at least one`, or the pattern that it fits."""
    said = {key: value for one in metadata for key in ("ge", "le", "min_length", "pattern")
            if (value := getattr(one, key, None)) is not None}  # fmt: skip
    if "ge" in said and "le" in said:
        return f"{said['ge']} to {said['le']}"
    if "pattern" in said:
        return "capital letters and digits" if "A-Z" in said["pattern"] else "a name"
    return "at least one" if "min_length" in said else ""


def _kind(annotation: Any, bounds: str = "") -> str:
    origin, inner = get_origin(annotation), get_args(annotation)
    if annotation is Name:
        return "a name"
    if origin is not None:
        return _made_of(origin, inner, bounds)
    if isinstance(annotation, type) and issubclass(annotation, Part):
        heading = _heading(annotation)
        return f"[{heading.lower()}](#{heading.lower().replace(' ', '-')})"
    return bounds or {bool: "`true`, `false`", int: "a whole number", str: "text"}[annotation]


def _made_of(origin: Any, inner: tuple[Any, ...], bounds: str) -> str:
    if origin is Annotated:
        return _kind(inner[0], _bounds(FieldInfo.from_annotation(Annotated[inner]).metadata))
    if origin is Literal:
        return codes(inner)
    if origin is list:
        return f"list of {_plural(_kind(inner[0]))}" + (f", {bounds}" if bounds else "")
    if origin is dict:
        return f"{_plural(_kind(inner[1]))} by {'name' if inner[0] is Name else 'choice'}"
    return " or ".join(_kind(one, bounds) for one in inner if one is not NoneType)


def _plural(words: str) -> str:
    return {"a name": "names", "text": "texts"}.get(words, words)


def schemas() -> dict[str, Any]:
    """Give the JSON Schema of each kind of file, against which the page is checked."""
    return {kind: TypeAdapter(model).json_schema() for kind, model in GRAMMAR.items()}

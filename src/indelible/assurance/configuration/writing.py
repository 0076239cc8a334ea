"""Writes a configuration as YAML files: for a baseline of which no files are kept, and for edits by forms.

What is written says the same as what was read: `loader` gives a configuration with the same hash.
"""

from __future__ import annotations

import io
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from indelible.assurance.configuration import folder as layout
from indelible.assurance.configuration.values import INTEGER
from indelible.kernel.configuration import Configuration
from indelible.kernel.types import TypeDeclaration

WIDEST = 120
# Words that are read as something else than text where they stand without quotes.
GUESSED = frozenset({"true", "false", "null", "~", "yes", "no", "on", "off"})


def files(configuration: Configuration) -> dict[str, bytes]:
    """Give the files of a configuration by name; texts of skeletons stand in files of their own again."""
    whole = configuration.model_dump(mode="json", exclude_defaults=True)
    whole["policies"] = configuration.policies.model_dump(mode="json")  # every period is there to be seen and changed
    found = {f"{kind}.yaml": yaml(whole[kind]) for kind in layout.GENERAL}
    for name, declared in configuration.types.items():
        found[f"{layout.TYPES}/{name}.yaml"] = yaml(_declared(declared, whole["types"][name]))
        for one in declared.skeletons.values():
            if one.file:
                found[f"{layout.SKELETONS}/{one.file}"] = f"{one.text}\n".encode()
    return found


def yaml(value: Any) -> bytes:
    """Give one file's text."""
    writer, out = YAML(typ="rt", pure=True), io.BytesIO()
    writer.width, writer.allow_unicode, writer.default_flow_style = WIDEST, True, False
    writer.dump(_quoted(value), out)
    return out.getvalue()


def _declared(declared: TypeDeclaration, dumped: dict[str, Any]) -> dict[str, Any]:
    # The order of the states, and the first move of each, mean something: they are written as they were.
    result = {name: value for name, value in dumped.items() if name not in ("lifecycle", "order")}
    for name, one in result.get("skeletons", {}).items():
        if declared.skeletons[name].file:
            one.pop("text", None)
    return {**result, "lifecycle": {name: dumped["lifecycle"][name] for name in declared.order}}


def _quoted(value: Any) -> Any:
    if isinstance(value, dict):
        return {_text(str(key)): _quoted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_quoted(item) for item in value]
    return _text(value) if isinstance(value, str) else value


def _text(value: str) -> Any:
    plain = value and value.casefold() not in GUESSED and not INTEGER.fullmatch(value) and value.isascii()
    return (
        value
        if plain and value.replace("_", "").replace("-", "").isalnum() and value[0].isalpha()
        else DoubleQuotedScalarString(value)
    )

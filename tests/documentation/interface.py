"""The reference of the HTTP API, from its own OpenAPI document."""

from __future__ import annotations

from typing import Any

from indelible.faces.api.interface import ANSWERS, api
from tests.documentation.tables import code, page, table

TOLD = """The same as `/api/v1/openapi.json` of a running installation, for people. Send `Authorization: Bearer TOKEN`; a token is
made on its person's own page (the name below the navigation), acts as that person within its scopes, and never signs.

Every write is an act through the same door as on the pages. `Idempotency-Key` makes repeating harmless, `If-Match` says which
state of the record the caller looked at (the ETag of the last answer). A refusal is an RFC 9457 problem document with `rule`,
`missing`, `who_can` and `do`; what the rules mean stands in [rules of refusals](rules.md). What the caller may not see answers
as what does not exist."""


def reference() -> str:
    """Give the page."""
    document = api.get_openapi_schema()
    operations = [(path, method, told) for path, found in document["paths"].items() for method, told in found.items()]
    statuses = ["## Answers that are no success", "",
                *table(("Status", "When"), [(str(status), words) for status, words in ANSWERS.items()])]  # fmt: skip
    shapes = [line for name, schema in sorted(document["components"]["schemas"].items()) for line in _shape(name, schema)]
    return page("HTTP API", TOLD, statuses, *(_operation(*one) for one in operations), ["## Shapes", "", *shapes])


def _operation(path: str, method: str, told: dict[str, Any]) -> list[str]:
    rows = [
        (code(one["name"]), one["in"], _kind(one["schema"]), one.get("description") or one["schema"].get("description", ""))
        for one in told.get("parameters", [])
    ]
    given = [_content(body) for body in [told["requestBody"]] if body] if "requestBody" in told else []
    good = next(status for status in told["responses"] if str(status).startswith("2"))
    lines = [f"## {method.upper()} {path}", "", " ".join((told.get("description") or told["summary"]).split()), ""]
    lines += table(("Parameter", "Where", "Kind", "What it says"), rows)
    lines += [f"Takes {given[0]}.", ""] if given else []
    return [*lines, f"Answers {good} with {_content(told['responses'][good]) or 'the bytes'}.", ""]


def _content(body: dict[str, Any]) -> str:
    found = [(kind, content.get("schema", {})) for kind, content in body.get("content", {}).items()]
    return " or ".join(_kind(schema) if "$ref" in schema else code(kind) for kind, schema in found)


def _shape(name: str, schema: dict[str, Any]) -> list[str]:
    needed = schema.get("required", [])
    rows = [
        (code(key), _kind(one), "always" if key in needed else "", one.get("description", ""))
        for key, one in schema.get("properties", {}).items()
    ]
    told = " ".join(schema.get("description", "").split())
    return [f"### {name}", "", *([told, ""] if told else []), *table(("Key", "Kind", "There", "What it says"), rows)]


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join("nothing" if one.get("type") == "null" else _kind(one) for one in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    within = [
        f"{word} {schema[key]}"
        for key, word in (("minimum", "from"), ("maximum", "to"), ("maxLength", "at most"))
        if key in schema
    ]
    return " ".join([str(schema.get("type", "any")), *within])

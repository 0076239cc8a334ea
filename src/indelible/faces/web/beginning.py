"""The only place that lets a new record begin with a text that its type declares; never over what somebody wrote."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from indelible.faces.web.requests import Request
from indelible.kernel.types import TypeDeclaration
from indelible.practice import checklists

Context = dict[str, Any]
ASKED = "skeleton"
MARK = "[[adapt:"  # in a text that ships whole: what a company says itself


def offered(request: Request, declaration: TypeDeclaration, *, whole: bool = False) -> list[Context]:
    """Give the texts with which a record of this type may begin, as links to the form that begins so: sections, or whole texts to adapt."""
    chosen = request.GET.get(ASKED)
    return [
        {"label": one.label, "url": f"{request.path}?{urlencode({ASKED: name})}", "current": name == chosen}
        for name, one in sorted(declaration.skeletons.items(), key=lambda item: item[1].label)
        if (MARK in one.text) is whole
    ]


def begun(request: Request, declaration: TypeDeclaration, values: Context) -> tuple[Context, list[Context]]:
    """Give the values with which the form begins, and what to say of it; what is there already stays as it is."""
    skeleton = declaration.skeletons.get(request.GET.get(ASKED, "")) if request.method == "GET" else None
    field = declaration.field(skeleton.field) if skeleton else None
    if skeleton is None or field is None:
        return values, []
    if values.get(field.name):
        text = f"What you wrote under {field.title} stays. Empty it to begin with the template."
        return values, [{"lead": f"“{skeleton.label}” was not put in.", "text": text, "tone": "warn"}]
    fitting = {name: wanted[0] for name, wanted in skeleton.when.items() if not values.get(name)}
    if field.kind == "table":
        rows = checklists.rows(skeleton.text, field.columns)
        text = f"{field.title} has its {len(rows)} rows; answer, add and take away what fits. Nothing is saved yet."
        return values | fitting | {field.name: rows}, [{"lead": f"Begun with “{skeleton.label}”.", "text": text}]
    whole = "its words; write what holds here in place of each [[adapt: …]]" if MARK in skeleton.text else ""
    text = (
        f"{field.title} has {whole or 'its sections; what stands in italics says what belongs there'}. Nothing is saved yet."
    )
    return values | fitting | {field.name: skeleton.text}, [{"lead": f"Begun with “{skeleton.label}”.", "text": text}]

"""The only place that hands out the Configuration Specification of what runs: as PDF, as Markdown, as JSON."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from indelible.assurance.specification import content, writing
from indelible.faces.web.requests import Request
from indelible.kernel import authority
from indelible.kernel.errors import NotFound
from indelible.practice.queries import Viewer

FORMS = {
    "pdf": ("application/pdf", writing.pdf), "json": ("application/json", lambda told: writing.as_json(told).encode()),
    "markdown": ("text/markdown; charset=utf-8", lambda told: writing.markdown(told).encode()),
}  # fmt: skip
ENDINGS = {"pdf": "pdf", "json": "json", "markdown": "md"}


@require_safe
def give(request: Request, form: str) -> HttpResponse:
    """Give the specification in one of its forms; raises NotFound for another form, and for people of other companies."""
    if form not in FORMS or authority.outside(request.view.held) is not None:
        raise NotFound(f"specification as {form}")
    kind, made = FORMS[form]
    answer = HttpResponse(made(content.gather()), content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{writing.NAME}.{ENDINGS[form]}"'
    return answer


def acts(view: Viewer) -> list[dict[str, Any]]:
    """Give the ways to it for the head of a page; none for people of other companies."""
    if authority.outside(view.held) is not None:
        return []
    labels = {"json": "JSON", "markdown": "Markdown", "pdf": "Configuration Specification"}
    tones = {"pdf": "primary"}
    return [{"label": label, "url": reverse("specification", args=[form]), "icon": "save", "tone": tones.get(form)}
            for form, label in labels.items()]  # fmt: skip

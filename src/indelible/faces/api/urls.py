"""The addresses of the API and of the probes; whatever else begins with /api is answered in JSON, too."""

from __future__ import annotations

from django.urls import URLPattern, include, path, re_path
from django.views.decorators.http import require_safe

from indelible.faces.api import figures, probes
from indelible.faces.api.entrance import guarded, nowhere
from indelible.faces.api.interface import api


def _inside() -> list[URLPattern]:
    found = [pattern for pattern in api.urls[0] if isinstance(pattern, URLPattern) and pattern.name != "api-root"]
    for pattern in found:
        view = require_safe(pattern.callback) if pattern.name == "openapi-json" else pattern.callback
        pattern.callback = guarded(view)
    return found


urlpatterns = [
    path("api/v1/", include((_inside(), "api"))),
    re_path(r"^api(?:/|$)", guarded(nowhere)),
    path("healthz", probes.healthz, name="healthz"),
    path("readyz", probes.readyz, name="readyz"),
    path("metrics", figures.metrics, name="metrics"),
]

"""Every address of the product."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("indelible.faces.api.urls")),  # /api, /healthz, /readyz, /metrics
    path("", include("indelible.faces.web.urls")),
]
handler400 = "indelible.faces.web.answers.not_understood"
handler403 = "indelible.faces.web.answers.nothing_here"
handler404 = "indelible.faces.web.answers.nothing_here"
handler500 = "indelible.project.faults.fault"

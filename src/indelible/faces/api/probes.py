"""What a supervisor asks: is the process alive, and could it serve an act now?"""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from indelible.assurance.examination import ready


@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """Say that the process answers; it asks nobody else."""
    return JsonResponse({"ok": True})


@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """Say whether an act could be served now; 503 names the checks that failed, and nothing more about the inside."""
    found = ready.checks()
    ok = all(found.values())
    checks = [{"name": name, "ok": held} for name, held in found.items()]
    response = JsonResponse({"ok": ok, "checks": checks}, status=200 if ok else 503)
    response["Cache-Control"] = "no-store"
    return response

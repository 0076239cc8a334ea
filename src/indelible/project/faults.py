"""The only place that chooses in whose form a fault outside of every view is answered: the API's or the pages'."""

from __future__ import annotations

import sys
from typing import cast

from django.http import HttpRequest, HttpResponse

from indelible.faces.api import problems
from indelible.faces.web import answers


def fault(request: HttpRequest) -> HttpResponse:
    """Answer what a middleware met."""
    if request.path.startswith("/api/"):
        return problems.outage(request, cast(Exception, sys.exception()))
    return answers.fault(request)

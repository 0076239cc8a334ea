"""The only place that says what a request carries when it reaches a view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from uuid import UUID

    from django_htmx.middleware import HtmxDetails

    from indelible.kernel.context import Context
    from indelible.practice.queries import Viewer


class Request(HttpRequest):
    """A request of somebody signed in: who acts (`ctx`) and what may be seen (`view`), put there by the middleware."""

    ctx: Context
    view: Viewer
    htmx: HtmxDetails
    request_id: str
    proven: tuple[UUID, str] | None  # who signed in at the provider for which statement; put there by `fresh` alone

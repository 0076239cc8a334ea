"""The API as one object: its routers, who may call, how often, how bodies are read, and its OpenAPI document."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from indelible.faces.api import (
    about,
    bodies,
    credentials,
    duties,
    files,
    limits,
    panels,
    problems,
    records,
    search,
    shapes,
    threads,
    trail,
)

PREFIX = "/api/v1/"
ANSWERS = {
    400: "The request cannot be read", 401: "No or no good credentials", 403: "Authority refuses",
    404: "It does not exist, or the caller may not see it", 409: "The record's state or somebody faster refuses",
    412: "The record has moved since", 413: "Too large", 415: "Not JSON", 422: "Input does not fit, field by field",
    428: "If-Match is missing", 429: "Too many requests; see Retry-After", 503: "Not available; see Retry-After",
}  # fmt: skip


class Interface(NinjaAPI):
    """django-ninja with the answers documented that every operation can give."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """Give the OpenAPI document; every operation can answer with a problem document."""
        schema = super().get_openapi_schema(path_prefix=path_prefix or PREFIX, path_params=path_params)
        schema["components"]["schemas"]["Problem"] = shapes.Problem.model_json_schema(
            ref_template="#/components/schemas/{model}"
        )
        problem = {"$ref": "#/components/schemas/Problem"}
        for operation in (found for path in schema["paths"].values() for found in path.values()):
            for status, words in ANSWERS.items():
                content = {problems.CONTENT_TYPE: {"schema": problem}}
                operation["responses"].setdefault(status, {"description": words, "content": content})
        return schema


def make() -> Interface:
    """Make the API; routes are found in their own files."""
    api = Interface(
        title="Indelible", version="1", urls_namespace="api", docs_url=None, openapi_url="/openapi.json",
        auth=credentials.EVERYWHERE, throttle=[limits.BUCKET], parser=bodies.StrictJson(),
        description="Every write is an act through the same door as on the pages. Tokens never sign.",
    )  # fmt: skip
    api.add_router("/records", records.router)
    for router in (trail.router, files.router, about.router, search.router, duties.router, panels.router, threads.router):
        api.add_router("", router)
    problems.register(api)
    return api


api = make()

"""What keeps a company in control, to try things on: reviews, drills, retention, inspections; one place that puts them together."""

from __future__ import annotations

from typing import Any

from tests.properties import accesses, drilling, inspecting, retaining, systems_reviewed, trails

VALUES: dict[str, Any] = {
    **accesses.VALUES, **drilling.VALUES, **retaining.VALUES, **systems_reviewed.VALUES, **trails.VALUES, **inspecting.VALUES,
}  # fmt: skip
FIELDS: dict[str, Any] = {
    **accesses.FIELDS, **systems_reviewed.FIELDS, **drilling.FIELDS, **retaining.FIELDS, **trails.FIELDS, **inspecting.FIELDS,
}  # fmt: skip
VARIANTS: dict[str, Any] = {
    **drilling.VARIANTS, **retaining.VARIANTS, **accesses.VARIANTS, **systems_reviewed.VARIANTS, **trails.VARIANTS,
    **inspecting.VARIANTS,
}  # fmt: skip
NEVER_BEGUN: Any = {**drilling.NEVER_BEGUN, **systems_reviewed.NEVER_BEGUN}

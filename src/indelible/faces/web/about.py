"""The only place that says what runs here: build, baseline, engine, validated state, and what it is built from."""

from __future__ import annotations

from functools import cache
from importlib import metadata
from typing import Any
from zoneinfo import ZoneInfo

import django
from django.db import connection
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from indelible.faces.web import shell, specification
from indelible.faces.web.requests import Request
from indelible.infra import build, clock
from indelible.practice.queries import Viewer

Context = dict[str, Any]
LICENCE = "License :: OSI Approved :: "
LONGEST = 60


@require_safe
def about(request: Request) -> HttpResponse:
    """Show what runs here and how to check it."""
    view = request.view
    sections = [
        {"title": "Installation", "facts": _installation(view)},
        {"title": "Build", "facts": _build()},
        {"title": "Company's rules", "facts": _rules(view)},
    ]
    number = view.found.home.get("number")
    link = {"label": "The installation's record", "url": reverse("record", args=[number])} if number else None
    shown = {
        "validated": shell.validated(view),
        "sections": sections,
        "notices": notices(),
        "links": [{"label": "The configuration that runs", "url": reverse("configuration")}, *([link] if link else [])],
    }
    return render(
        request,
        "pages/about.html",
        {
            "page": {"title": "About", "subtitle": "What runs here, and how to check it.", "acts": specification.acts(view)},
            "about": shown,
        },
    )


def _installation(view: Viewer) -> list[Context]:
    zone = view.configuration.company.zone
    return [
        _text("Company", view.configuration.company.name),
        _text("Environment", shell.environment()["label"]),
        {"label": "Simulated", "kind": "yes_no", "value": view.simulated},
        _text("Database", _engine()),
        {"label": "Server time", "kind": "time", "seconds": True, "value": clock.now().astimezone(ZoneInfo(zone))},
        _text("Zone", zone),
    ]


def _build() -> list[Context]:
    running = build.identity()
    return [
        _text("Version", running.version),
        {"label": "Package", "kind": "hash", "value": running.package, "groups": 16},
        {"label": "Dependencies", "kind": "hash", "value": running.dependencies, "groups": 16},
        _text("Django", django.get_version()),
    ]


def _rules(view: Viewer) -> list[Context]:
    policies, configuration = view.configuration.policies, view.configuration
    return [
        {"label": "Baseline", "kind": "hash", "value": configuration.sha256, "groups": 16},
        _text("Types of record", str(len(configuration.types))), _text("Roles", str(len(configuration.roles))),
        _text("Meanings", str(len(configuration.meanings))),
        _text("Session", f"locks after {policies.idle_minutes} min, ends after {policies.absolute_hours} h"),
        _text("Password", f"at least {policies.password_length} characters"),
        _text("Files", f"up to {policies.upload_megabytes} MB: {', '.join(policies.upload_types)}"),
    ]  # fmt: skip


def _text(label: str, value: str) -> Context:
    return {"label": label, "kind": "text", "value": value}


def _engine() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_version()" if connection.vendor == "sqlite" else "SHOW server_version")
        version = cursor.fetchone()[0]
    return f"{'SQLite' if connection.vendor == 'sqlite' else 'PostgreSQL'} {version}"


@cache
def notices() -> list[Context]:
    """Give name, version and licence of every installed package, as its own metadata says them."""
    found = {d.name.casefold(): d for d in metadata.distributions()}
    return [{"name": d.name, "version": d.version, "licence": _licence(d)} for _, d in sorted(found.items())]


def _licence(package: metadata.Distribution) -> str:
    said = package.metadata.get_all
    classified = [c.removeprefix(LICENCE) for c in said("Classifier") or [] if c.startswith(LICENCE)]
    text = "".join(said("License") or []).strip()
    short = text.splitlines()[0][:LONGEST] if text else ""
    return "".join(said("License-Expression") or []) or short or ", ".join(classified) or "see the package"

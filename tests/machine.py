"""What this machine offers the suite beyond Python: PostgreSQL, Chromium, ClamAV, proxies. The only place that looks for them.

It is also the pytest plugin that skips, in words, a test marked with the name of what is missing, and fails it where
`INDELIBLE_REQUIRE` names it (`tests/conftest.py` registers it).
"""

from __future__ import annotations

import os
import shutil
from functools import cache

import psycopg
import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PROGRAMS = {"clamd": "ClamAV's daemon", "nginx": "nginx", "caddy": "Caddy"}
POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"
SECONDS_TO_ANSWER = 3


def engine() -> str:
    """Give the engine that this run uses: `sqlite` or `postgres`."""
    chosen = os.environ.get("INDELIBLE_TEST_DATABASE", "sqlite")
    if chosen not in {"sqlite", "postgres"}:
        raise pytest.UsageError(f"INDELIBLE_TEST_DATABASE is sqlite or postgres, not {chosen!r}")
    return chosen


def postgres_address() -> str:
    """Give the server on which a test may make and drop databases, whether or not it answers."""
    return os.environ.get("INDELIBLE_TEST_POSTGRES", POSTGRES)


@cache
def postgres_fault() -> str | None:
    """Say why PostgreSQL cannot be used; None where it answers and lets us make databases."""
    try:
        with psycopg.connect(postgres_address(), connect_timeout=SECONDS_TO_ANSWER) as connection:
            row = connection.execute("SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user").fetchone()
    except psycopg.Error as problem:
        return str(problem).strip().splitlines()[0]
    return None if row and row[0] else "its user may not create databases"


@cache
def chromium() -> str | None:
    """Give the path of a Chromium browser, or None."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


@cache
def program(name: str) -> str | None:
    """Give the path of a server that some tests start, or None; those of administrators are looked for as well."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/sbin")


def required() -> frozenset[str]:
    """Give what must not be missing: names in INDELIBLE_REQUIRE, separated by commas."""
    names = os.environ.get("INDELIBLE_REQUIRE", "").split(",")
    return frozenset(name.strip() for name in names if name.strip())


def missing() -> dict[str, str]:
    """Give what is not here, with the reason in words."""
    found = {}
    if fault := postgres_fault():
        found["postgres"] = f"PostgreSQL cannot be used: {fault}"
    if not chromium():
        found["chromium"] = f"no Chromium found (looked for {', '.join(BROWSERS)})"
    found |= {name: f"{words} is not installed (looked for {name})" for name, words in PROGRAMS.items() if not program(name)}
    return found


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, or fail, a marked test whose need is not met; and a SQLite test on PostgreSQL."""
    if item.get_closest_marker("sqlite") and engine() != "sqlite":
        pytest.skip("true of SQLite only")
    for name in ("postgres", "chromium", *PROGRAMS):
        if item.get_closest_marker(name) and (reason := missing().get(name)):
            outcome = pytest.fail if name in required() else pytest.skip
            outcome(reason)

"""Which test of a run comes first, and which are left to the run on the other engine.

`make test` runs on SQLite and again on PostgreSQL, and each test at least once:

* What asks something of the engine is run on both: whatever `BOTH` names, or is marked `both`,
  or is true of one engine only and left out on the other.
* What is marked `engine_free` knows no database: parsing, typesetting, comparing, the source itself. What is marked `looks`
  judges how pages look, which no database changes. What is marked `proof` breaks copies of the product on purpose, each on
  a file of its own. Any of these is true on both engines once it passed on one: it is run on the first.
* The permission matrix asks thousands of times what Python decides; it is run on the first, and the state machine on both.
* The demo company is loaded on the second, at some length; the pages of the guide load it on the first.
* All others are shared out by their names, each case of a table for itself, so that tables meet both engines: one in
  `ONE_IN` on the second, where a test takes more than twice as long. `make both` shares out nothing, and neither do the campaigns of `make torture`.

pytest by itself runs all it is given, on whichever engine it is on.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Collection

import pytest

ASKED = "INDELIBLE_TEST_TURN"  # `first` or `second` of the two runs that share; without it nothing is left to another run
SAID = "are run on no other engine"
ONCE = ("engine_free", "looks", "proof")  # marks of what is true on every engine when it is true on one
ASKING = ("both", "sqlite", "postgres", "skipif")  # marks of what asks something of the engine
BOTH = (  # how the names begin of what is run on both: the ledger and the door, what proves them, backups, outages, kills
    "kernel/", "operation/", "torture/", "assurance/test_verify", "assurance/test_rebuild", "assurance/test_doctor",
    "properties/test_machine", "importing/test_stopped", "configuration/test_killed", "faces/test_query_counts",
    "faces/test_api_trail",
)  # fmt: skip

ONE_IN = 4
FIRST = ("properties/test_matrix",)  # how the names begin of what is run on the first
SECOND = ("demo/",)  # how the names begin of what is run on the second


def turn() -> str:
    """Give which of two runs this is, `first` or `second`; nothing where no other run follows or came before."""
    return os.environ.get(ASKED, "")


def share(name: str, marks: Collection[str]) -> str:
    """Give the run that a test belongs to where two of them share: `first`, `second` or `both`."""
    if not {*ONCE}.isdisjoint(marks):
        return "first"
    if name.startswith(tuple(f"tests/{begun}" for begun in BOTH)) or not {*ASKING}.isdisjoint(marks):
        return "both"
    for which, names in (("first", FIRST), ("second", SECOND)):
        if name.startswith(tuple(f"tests/{begun}" for begun in names)):
            return which
    return "first" if zlib.crc32(name.encode()) % ONE_IN else "second"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the campaigns first, so that no worker begins a long one when the others have ended; leave what is another run's.

    Raises pytest.UsageError for a test that calls itself free of the engine and takes it.
    """
    if taken := [
        item.nodeid
        for item in items
        if item.get_closest_marker("engine_free") and "engine" in getattr(item, "fixturenames", ())
    ]:
        raise pytest.UsageError("marked engine_free, but they use the engine: " + ", ".join(taken))
    items.sort(key=lambda item: item.get_closest_marker("campaign") is None)
    if turn():
        left = [item for item in items if _share(item) not in ("both", turn())]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if _share(item) in ("both", turn())]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many of the tests that were run here the run on the other engine leaves out."""
    ran = {
        report.nodeid
        for outcome in ("passed", "failed", "error")
        for report in terminalreporter.stats.get(outcome, [])
        if share(report.nodeid, getattr(report, "keywords", {})) != "both"
    }
    if turn():
        terminalreporter.write_line(f"{len(ran)} tests {SAID}")


def _share(item: pytest.Item) -> str:
    return share(item.nodeid, {mark.name for mark in item.iter_markers()})

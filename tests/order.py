"""Which test of a run comes first, and which are left to the run on the other engine.

What is marked `engine_free` knows no database: parsing, typesetting, comparing, the source itself. What is marked `looks`
judges how pages look, which no database changes: that they say the right thing is tried on both. What is marked `proof`
breaks copies of the product on purpose, each on a file of its own. Any of these is true on both engines once it passed on
one, so `tests.suite` asks for it once; pytest by itself runs it on whichever engine it is on.
"""

from __future__ import annotations

import os

import pytest

ASKED = "INDELIBLE_TEST_ENGINE_FREE"  # `left`: the run on another engine has them
SAID = "that know no engine"
ONCE = ("engine_free", "looks", "proof")  # marks of what is true on every engine when it is true on one


def run_elsewhere() -> bool:
    """Say whether the run on another engine has what knows no engine; what fails there has failed already."""
    return os.environ.get(ASKED) == "left"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the campaigns first, so that no worker begins a long one when the others have ended; leave what was asked.

    Raises pytest.UsageError for a test that calls itself free of the engine and takes it.
    """
    if taken := [
        item.nodeid
        for item in items
        if item.get_closest_marker("engine_free") and "engine" in getattr(item, "fixturenames", ())
    ]:
        raise pytest.UsageError("marked engine_free, but they use the engine: " + ", ".join(taken))
    items.sort(key=lambda item: item.get_closest_marker("campaign") is None)
    if run_elsewhere():
        config.hook.pytest_deselected(items=[item for item in items if _free(item)])
        items[:] = [item for item in items if not _free(item)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many of the tests that know no engine were run here."""
    ran = {
        report.nodeid
        for outcome in ("passed", "failed", "error")
        for report in terminalreporter.stats.get(outcome, [])
        if not {*ONCE}.isdisjoint(getattr(report, "keywords", {}))
    }
    terminalreporter.write_line(f"{len(ran)} tests {SAID} were run here")


def _free(item: pytest.Item) -> bool:
    return any(item.get_closest_marker(name) for name in ONCE)

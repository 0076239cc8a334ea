"""The pytest plugin that plans and runs the scripts of the qualification (`pytest -p indelible.assurance.qualification.plugin`).

A script only declares its steps. Planning asks it for them and runs none; running asks it again, refuses it where they are not
those that were planned, and then makes one step after the other. Nothing is ever tried a second time.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from indelible.assurance.qualification import assignment, cases, executing
from indelible.assurance.qualification.assignment import PLAN, Assignment
from indelible.assurance.qualification.evidence import Recorder
from indelible.assurance.qualification.executing import Execution
from indelible.assurance.qualification.reading import Reading
from indelible.assurance.qualification.steps import Steps

OPTION = "--indelible-assignment"
MARKERS = (
    "script(id, title, requirements, negative, last): a script of the qualification, named by its id",
    "cases(kind): the script is run once for each case of the running configuration",
    "needs(what, ...): types, states, moves, roles and policies without which the script is not planned",
)
TOLD = pytest.StashKey[Assignment]()
READING = pytest.StashKey[Reading]()
RECORDER = pytest.StashKey[Recorder]()
EXECUTION = pytest.StashKey[Execution]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the assignment."""
    parser.addoption(OPTION, required=True, help="JSON file that says what is to be planned or run")


def pytest_configure(config: pytest.Config) -> None:
    """Read the assignment and the configuration under test."""
    for line in MARKERS:
        config.addinivalue_line("markers", line)
    told = config.stash[TOLD] = assignment.read(Path(config.getoption(OPTION)))
    config.stash[READING] = Reading(Path(told.reading))
    recorder = config.stash[RECORDER] = Recorder(Path(told.output), Path(told.evidence))
    recorder.hide(str(told.copy.get("password", "")))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Repeat a script for each case of the running configuration."""
    mark = metafunc.definition.get_closest_marker("cases")
    if mark is not None:
        found = cases.of(mark.args[0], metafunc.config.stash[READING])
        metafunc.parametrize("case", found, ids=found)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the scripts that were asked for; those that change what others rely on come last. Raises UsageError for two of one id."""
    told, owner = config.stash[TOLD], dict[str, str]()
    items[:] = [item for item in items if _has_what_it_needs(config, item)]
    for item in items:
        script = executing.declared(item)
        place = item.nodeid.partition("[")[0]
        if script is not None and owner.setdefault(script.id, place) != place:
            raise pytest.UsageError(f"{script.id} is the id of two scripts: {owner[script.id]} and {place}.")
    kept = [
        item
        for item in items
        if (one := executing.declared(item)) and told.wants(one.id, one.requirements, executing.case_of(item))
    ]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = sorted(kept, key=executing.is_last)


def _has_what_it_needs(config: pytest.Config, item: pytest.Item) -> bool:
    """Say whether the configuration has what a script is about; where it has not, the script is left out of the plan, and that is told."""
    mark = item.get_closest_marker("needs")
    lacking = cases.lacks(mark.args, config.stash[READING]) if mark is not None else ""
    if lacking and (script := executing.declared(item)) is not None:
        _tell(config, {"left_out": script.id, "title": script.title, "lacks": lacking})
    return not lacking


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Let a script declare its steps; then plan it, or make them."""
    script, stash = executing.declared(pyfuncitem), pyfuncitem.config.stash
    if script is None:
        return None
    given: dict[str, Any] = {name: pyfuncitem.funcargs[name] for name in inspect.signature(pyfuncitem.obj).parameters}
    pyfuncitem.obj(**given)
    execution = pyfuncitem.stash[EXECUTION]
    execution.plan(pyfuncitem.function, given.get("steps", Steps()).sound())
    if stash[TOLD].mode == PLAN:
        _tell(pyfuncitem.config, execution.planned())
        return True
    if (fault := execution.unlike_the_plan(stash[TOLD].fingerprints)) or (fault := execution.run(stash[RECORDER])):
        pytest.fail(fault, pytrace=False)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Say that a script begins, and afterwards what it gave; what began and gave nothing was killed."""
    script, told = executing.declared(item), item.config.stash[TOLD]
    if script is not None:
        execution = item.stash[EXECUTION] = Execution(script, executing.case_of(item), told)
        if told.mode != PLAN:
            _tell(item.config, {"begun": execution.key, "at": execution.started, "attempt": execution.attempt})
    result = yield
    if script is not None and told.mode != PLAN:
        given = item.stash[EXECUTION].result()
        _tell(item.config, {"result": given})
        if given["verdict"] in told.until:
            item.session.shouldfail = f"{given['script']} {given['verdict']}: nothing more was asked"
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Iterator[Any]:
    """Remember why a script was skipped, or what broke it outside of its steps."""
    execution, config = item.stash.get(EXECUTION, None), item.config
    if execution is not None and call.excinfo is not None:
        execution.broken(call.excinfo.value, skipped=isinstance(call.excinfo.value, pytest.skip.Exception))
        if config.stash[TOLD].mode == PLAN and not execution.skipped:
            _tell(config, {"unsound": execution.key, "text": execution.note})
    report = yield
    return report


def _tell(config: pytest.Config, line: dict[str, Any]) -> None:
    recorder = config.stash[RECORDER]
    with Path(config.stash[TOLD].told).open("a", encoding="utf-8") as out:
        out.write(recorder.clean(json.dumps(line, ensure_ascii=False)) + "\n")


@pytest.fixture
def steps() -> Steps:
    """Give what declares the steps of this script."""
    return Steps()


@pytest.fixture(scope="session")
def reading(pytestconfig: pytest.Config) -> Reading:
    """Give the independent reading of the configuration under test."""
    return pytestconfig.stash[READING]


@pytest.fixture(scope="session")
def site(pytestconfig: pytest.Config) -> Iterator[Any]:
    """Give the copy as people and programs reach it: over HTTP, by mail, by its command line."""
    from indelible.assurance.qualification import outside

    made = outside.Site(pytestconfig.stash[TOLD].copy, pytestconfig.stash[RECORDER])
    yield made
    made.close()


@pytest.fixture(scope="session")
def database(pytestconfig: pytest.Config) -> Iterator[Any]:
    """Give the copy's database as plain SQL reads it."""
    from indelible.assurance.qualification import outside

    made = outside.Database(pytestconfig.stash[TOLD].copy, pytestconfig.stash[RECORDER])
    yield made
    made.close()


@pytest.fixture
def own(site: Any, tmp_path: Path) -> Iterator[Any]:
    """Give a home of the script's own, which is there as soon as the script makes it."""
    from indelible.assurance.qualification import outside

    made = outside.Own(site, tmp_path / "own")
    (tmp_path / "own").mkdir(mode=0o700)
    yield made
    made.end()


@pytest.fixture
def browser(pytestconfig: pytest.Config, site: Any) -> Iterator[Any]:
    """Give a page of a real Chromium; without one the script is skipped, and a skip is a gap."""
    told = pytestconfig.stash[TOLD]
    if told.mode == PLAN:
        yield None
        return
    from indelible.assurance.qualification import outside
    from indelible.assurance.qualification.outside.browser import opened

    try:
        with opened(site, pytestconfig.stash[RECORDER], told.copy) as page:
            yield page
    except outside.Absent as why:
        pytest.skip(str(why))

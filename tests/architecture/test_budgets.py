"""Small by budget: files, functions, kernel, root. A decision page raises a budget, not an edit here."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

import grimp
import pytest

from tests.architecture import figures
from tests.architecture.source import ROOT, project_files

pytestmark = pytest.mark.engine_free
ATTICS = {"utils", "helpers", "common", "misc", "base", "manager", "service"}
ATTICS |= {name.removesuffix("s") for name in ATTICS} | {f"{name}s" for name in ATTICS}


def test_no_file_is_longer_than_its_budget() -> None:
    too_long = {name: n for name, n in figures.file_lengths().items() if n > figures.LONGEST_FILE}

    assert not too_long, f"split by what each part is the only place for: {too_long}"


def test_nine_functions_in_ten_fit_their_budget() -> None:
    too_long = {
        name: [f"{f.name} {f.lines} ({f.where})" for f in functions if f.lines > figures.FUNCTION_P90]
        for name, functions in figures.functions_by_package().items()
        if figures.p90(functions) > figures.FUNCTION_P90
    }

    assert not too_long, too_long


def test_the_kernel_stays_small() -> None:
    lines = figures.kernel_lines()
    print(f"kernel: {lines} lines of {figures.KERNEL_LINES}")

    assert lines <= figures.KERNEL_LINES


def test_the_root_can_be_read_at_a_glance() -> None:
    entries = figures.root_entries()

    assert len(entries) <= figures.ROOT_ENTRIES, entries


def test_no_file_is_named_like_an_attic() -> None:
    """A name that says nothing about its content collects everything."""
    named = [
        str(path.relative_to(ROOT))
        for path in project_files()
        if {part.split(".")[0].strip("_").lower() for part in path.relative_to(ROOT).parts} & ATTICS
    ]

    assert not named, f"name the file for what it is the only place for: {named}"


def test_imports_make_no_cycle() -> None:
    """Imports inside functions and under TYPE_CHECKING count: hiding a cycle does not untie it."""
    graph = grimp.build_graph("indelible", cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}

    try:
        TopologicalSorter(imports).prepare()
    except CycleError as problem:
        cycle = " > ".join(reversed(problem.args[1]))
        raise AssertionError(f"import cycle: {cycle}") from None

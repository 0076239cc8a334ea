"""What two runs share between them: nothing is left by both, and what asks something of the engine is left by neither."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import order

TESTS = Path(order.__file__).parent
CASES = [f"tests/modules/test_some.py::test_one[{case}]" for case in range(400)]


@pytest.mark.parametrize("begun", order.BOTH)
def test_what_asks_something_of_the_engine_is_there_and_run_on_both(begun: str) -> None:
    assert [*TESTS.glob(f"{begun}*")], "nothing is called so any more"
    assert order.share(f"tests/{begun}test_some.py::test_one", ()) == "both"
    assert order.share(f"tests/modules/{begun}test_some.py::test_one", ()) in ("first", "second")


@pytest.mark.parametrize("mark", order.ASKING)
@pytest.mark.parametrize("name", CASES[:8])
def test_a_mark_says_so_for_a_test_that_stands_elsewhere(name: str, mark: str) -> None:
    assert order.share(name, ("campaign", mark)) == "both", "what one engine leaves out must be run on the other"


@pytest.mark.parametrize("mark", order.ONCE)
@pytest.mark.parametrize("name", [CASES[0], CASES[1], "tests/kernel/test_some.py::test_one"])
def test_what_is_the_same_on_each_is_run_first(name: str, mark: str) -> None:
    assert order.share(name, (mark,)) == "first"


@pytest.mark.parametrize(
    ("begun", "turn"), [*((one, "first") for one in order.FIRST), *((one, "second") for one in order.SECOND)]
)
def test_what_takes_long_and_is_the_same_on_each_is_run_on_one_and_asked_for_by_its_marks_before(
    begun: str, turn: str
) -> None:
    assert [*TESTS.glob(f"{begun}*")], "nothing is called so any more"
    assert order.share(f"tests/{begun}test_some.py::test_one", ()) == turn
    assert order.share(f"tests/{begun}test_some.py::test_one", ("both",)) == "both"
    assert order.share(f"tests/{begun}test_some.py::test_one", ("engine_free",)) == "first"


def test_the_cases_of_a_table_meet_both_engines_always_the_same_way() -> None:
    shares = [order.share(case, ()) for case in CASES]

    assert shares == [order.share(case, ("campaign",)) for case in CASES]
    assert {*shares} == {"first", "second"}
    assert len(CASES) / order.ONE_IN * 0.7 < shares.count("second") < len(CASES) / order.ONE_IN * 1.3


def test_two_runs_leave_nothing_out_and_one_alone_keeps_all(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makeconftest("from tests.order import *")
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.both
        def test_both(): pass

        @pytest.mark.looks
        def test_once(): pass

        @pytest.mark.parametrize("case", range(40))
        def test_shared(case): pass
        """
    )

    def passed(turn: str) -> set[str]:
        monkeypatch.setenv(order.ASKED, turn)
        done = pytester.inline_run("-p", "no:cacheprovider")
        calls = [report for report in done.getreports("pytest_runtest_logreport") if report.when == "call"]
        return {report.nodeid.partition("::")[2] for report in calls}

    everything, first, second = passed(""), passed("first"), passed("second")

    assert len(everything) == 42
    assert first | second == everything
    assert first & second == {"test_both"}
    assert "test_once" in first
    assert min(len(first), len(second)) > 3

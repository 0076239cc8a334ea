"""The only place that brings what other parts of the assurance know into the shape of `facts`: matrix, plan, settings, ALCOA+.

Whoever makes a package gathers with these and adds what only records and people know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from indelible.assurance.catalogue import trace
from indelible.assurance.catalogue.loading import Catalogue
from indelible.assurance.catalogue.requirement import Requirement
from indelible.assurance.package.facts import Duty, Matrix, Planned, Principle, Row, Setting, TestDeviation
from indelible.assurance.package.wording import joined
from indelible.assurance.qualification.results import IQ, PASSED, SITE, Run
from indelible.assurance.specification.content import said
from indelible.assurance.specification.meanings import Key

ALCOA = "ALCOA+"
INSIDE = ("fields.", "lifecycle.", "layout.")


def matrix(found: trace.Matrix) -> Matrix:
    """Give the matrix of the catalogue as the package prints it; nothing of it is judged anew."""
    rows = [Row(one.requirement.id, one.obligations, one.risk_class, one.priority, one.needed, one.scripts, tuple(verdict for _, verdict in one.verdicts),
                one.state, one.why) for one in found.rows]  # fmt: skip
    duties = [Duty(one.obligation.id, one.state, one.requirements, one.obligation.evidence.says if one.obligation.evidence else "", one.why)
              for one in found.answers]  # fmt: skip
    return Matrix(tuple(rows), tuple(duties), tuple(dict.fromkeys(one.key for one in found.orphans)))


def planned(
    scripts: Iterable[Mapping[str, Any]], requirements: Mapping[str, Requirement], origin: str = SITE
) -> tuple[Planned, ...]:
    """Give scripts as `qualification.planning` tells them (plain data), with the risk of what they test."""
    made = []
    for one in scripts:
        key = f"{one['script']}[{one['case']}]" if one["case"] else one["script"]
        priorities = {requirements[name].priority for name in one["requirements"] if name in requirements}
        risk = next((level for level in ("high", "medium", "low") if level in priorities), "")
        steps = tuple((step["action"], step["given"], step["expected"]) for step in one["steps"])
        accounts = joined(sorted({step["by"] for step in one["steps"] if step.get("by")}), "")
        made.append(Planned(key, one["script"], one["title"], one["aim"], one["level"], tuple(one["requirements"]), one["fingerprint"], steps,
                            origin, risk=risk,
                            accounts=accounts, area="with refusals" if one.get("negative") else "positive"))  # fmt: skip
    return tuple(made)


class Check(Protocol):
    """A check of the installation, as `qualification.installation` declares it."""

    @property
    def id(self) -> str:
        """Give its id."""

    @property
    def title(self) -> str:
        """Give its title."""

    @property
    def aim(self) -> str:
        """Give what it shows."""

    @property
    def requirements(self) -> tuple[str, ...]:
        """Give the ids of the requirements that it tests."""

    @property
    def fingerprint(self) -> str:
        """Give the SHA-256 (hex) that says which text the check has."""


def checks(declared: Iterable[Check]) -> tuple[Planned, ...]:
    """Give checks of the installation as planned: what is specified is worked out on it, so they have no steps before."""
    return tuple(Planned(one.id, one.id, one.title, one.aim, IQ, one.requirements, one.fingerprint, (), SITE,
                         acceptance="Each item is found as it is specified; what no program can see, a person looks at.") for one in declared)  # fmt: skip


def settings(keys: Iterable[Key], requirements: Mapping[str, Requirement], plan: Iterable[Planned], run: Run | None, *,
             approved: Mapping[str, str] | None = None, changed: Mapping[str, str] | None = None) -> tuple[Setting, ...]:  # fmt: skip
    """Give each key of the specification with the value approved, running and tested; of a type what it declares as a whole.

    A key was tested with its running value where a script whose case is that key passed in the run. Without `approved` (key
    to value as text) what runs is what the baseline in force says, and stands for both; `changed`: key to number of the change.
    """
    tests: dict[str, list[str]] = {}
    for one in plan:
        tests.setdefault(one.key.partition("[")[2].removesuffix("]"), []).append(one.key)
    passed = {one.key for one in run.results if one.verdict == PASSED} if run else set()
    made = []
    for key in (one for one in keys if _is_a_row(one)):
        running, scripts = said(key.value), tuple(tests.get(key.path, ()))
        tested = running if scripts and {*scripts} <= passed else ""
        made.append(Setting(key.path, _module(key.path), key.meaning, said(key.default), key.range, (approved or {}).get(key.path, running), running, tested,
                            key.gxp, requirements=_concerned(key.path, requirements), scripts=scripts, changed_by=(changed or {}).get(key.path,
                                "")))  # fmt: skip
    return tuple(made)


def _is_a_row(key: Key) -> bool:
    """Say whether a key has a row of its own: fields, states and moves of types stand in the full specification by the thousand."""
    _, _, rest = key.path.removeprefix("types.").partition(".")
    return not key.path.startswith("types.") or (key.given and not rest.startswith(INSIDE))


def _module(path: str) -> str:
    part, _, rest = path.partition(".")
    return rest.partition(".")[0] if part == "types" else part


def _concerned(path: str, requirements: Mapping[str, Requirement]) -> tuple[str, ...]:
    return tuple(
        sorted(
            one.id
            for one in requirements.values()
            if any(path == setting or path.startswith(f"{setting}.") for setting in one.settings)
        )
    )


def principles(
    catalogue: Catalogue, found: trace.Matrix, procedures: Mapping[str, str], courses: Mapping[str, str]
) -> tuple[Principle, ...]:
    """Give each ALCOA+ principle with its control, procedure, course and tests; procedures and courses by id of the obligation."""
    scripts = {row.requirement.id: row.scripts for row in found.rows}
    return tuple(
        Principle(one.title, one.shown_by, procedures.get(one.id, ""), courses.get(one.id, ""),
                  tuple(dict.fromkeys(key for of in catalogue.naming(one.id) for key in scripts.get(of.id, ()))))
        for one in catalogue.obligations.values() if one.source == ALCOA
    )  # fmt: skip


def deviation(number: str, state: str, values: Mapping[str, Any], *, run: str, script: str, approved_by: str = "", opened_at: str = "",
              closed_at: str = "") -> TestDeviation:  # fmt: skip
    """Give a `test_deviation` record as the package prints it: its number, state and values by name of field.

    `run` is the id of the machine's or the person's run (`results.Run.id`), `script` the key of the script: by these two a
    failure finds its deviation. What was accepted carries its restriction in the justification.
    """

    def word(name: str) -> str:
        return str(values.get(name) or "")

    limit = f"; restriction: {word('restriction')}" if word("restriction") else ""
    until = f"; until {word('restricted_until')}" if word("restricted_until") else ""
    passed_by = joined((str(one["number"]) for one in values.get("passed_by") or ()), "")
    return TestDeviation(
        number, run, script, int(values.get("step") or 0), word("title"), word("expected"), word("actual"), state, word("kind"), word("class"), word("cause"),
        "; ".join(text for text in (word("effect_on_tests"), word("effect_on_records")) if text), word("correction"),
        "; ".join(text for text in (passed_by, word("retest")) if text), f"{word('accepted_because')}{limit}{until}", approved_by, opened_at, closed_at,
    )  # fmt: skip

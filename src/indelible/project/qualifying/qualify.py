"""Qualifies an installation: plan, IQ, copy, comparison, OQ and PQ, run and evidence, package; in this order, and all of it told."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from django.conf import settings
from django.db import connection

from indelible.assurance import backup
from indelible.assurance.qualification import installation, planning, results
from indelible.assurance.qualification.assignment import RUN, Assignment
from indelible.assurance.qualification.evidence import Recorder
from indelible.assurance.qualification.planning import Script
from indelible.assurance.qualification.results import SITE, Compared, Run, ScriptResult
from indelible.infra import build, clock
from indelible.infra.home import Home
from indelible.kernel import config
from indelible.kernel.errors import Invalid, Missing, Unavailable
from indelible.kernel.models import Baseline
from indelible.project import founding
from indelible.project.qualifying import comparing, copying, databases, executing, keeping, officially, packing, tracing

Say = Callable[[str], None]
SEEDED = "a fault was seeded, to see that it is caught"
ASKED = "a trial was asked for"
GONE = "Server and copy are gone, the run is aborted, and nothing of it counts."
SLOWEST = 10


class Stopped(BaseException):
    """Somebody ended the run from outside; what was made for it is taken away, and what it gave does not count."""


@dataclass(slots=True)
class Qualification:
    """One qualification while it runs."""

    place: Home
    output: Path
    say: Say
    only: list[str] = field(default_factory=list)
    package: Path = build.PACKAGE.parent
    fault: str = ""
    trial: bool = False
    began: float = field(default_factory=time.monotonic)
    scripts: list[Script] = field(default_factory=list)

    def run(self) -> Run:
        """Run it; gives what it left. Raises Refused, Invalid or Unavailable before anything was tested."""
        with copying.alone(self.place), copying.configuration() as (folder, told):
            for name in keeping.close_stopped(self.output):
                self.say(f"{name} was killed: it is aborted, and nothing of it counts")
            self.say("Planning the scripts against the configuration in force")
            plan = planning.plan(folder, self.only, self.place.path / planning.OWN)
            self.scripts = list(plan.scripts)
            notes = told + tuple(
                f"{one['left_out']} is left out: the configuration has no {one['lacks']}" for one in plan.left_out
            )
            checks = installation.planned(self.only)
            if self.scripts:
                databases.can_be_made(os.environ.get(founding.OWNER, ""))
            if self.only and not self.scripts and not checks:
                raise Invalid(rule="input", text=f"No script has an id or a requirement of these: {', '.join(self.only)}.",
                              missing=(Missing("Ids of scripts or requirements: indelible qualify --plan lists them.", field="only"),))  # fmt: skip
            return self._run(folder, self._begun([*checks, *(one.key for one in self.scripts)], notes))

    def _why_not_official(self) -> tuple[str, ...]:
        """Say why nothing of this run will count. Raises Refused where the protocol is approved and is not what would run."""
        if self.fault or self.trial:
            return (SEEDED,) if self.fault else (ASKED,)
        return officially.why_trial(officially.plain(self.scripts, installation.planned(self.only)))

    def _begun(self, planned: list[str], notes: tuple[str, ...]) -> Run:
        identity, sealed = build.identity(), Baseline.objects.order_by("-number")[0]
        why = self._why_not_official()
        run = Run(
            keeping.next_id(self.output), not why, why, clock.iso(clock.real()), "", identity.name, identity.package, sealed.number,
            config.current().sha256, connection.vendor, str(settings.ENVIRONMENT), backup.account(), planning.tools(), tuple(planned),
            fault=self.fault, notes=notes,
        )  # fmt: skip
        plan = self.output / keeping.RUNS / f"{run.id}{keeping.PLAN}"
        plan.write_text(json.dumps(planning.told(self.scripts), ensure_ascii=False, indent=1), "utf-8")
        self._tell(run.id, {"run": asdict(run)})
        return run

    def _run(self, folder: Path, run: Run) -> Run:
        evidence = self.output / keeping.EVIDENCE / run.id
        evidence.mkdir()
        try:
            with stoppable():
                compared = self._executed(folder, run, evidence)
        except (KeyboardInterrupt, Stopped):
            self._abort(run, "stopped from outside")
            raise Unavailable(f"{run.id} was stopped from outside. {GONE}") from None
        except BaseException as why:
            self._abort(run, str(why).strip().partition("\n")[0][:500] or repr(why))
            raise
        done = replace(run, ended=clock.iso(clock.real()), compared=compared, results=self._results(run.id), seconds=self._seconds(),
                       notes=(*run.notes, *(f"unexplained difference: {one}" for one in comparing.unexplained(compared))))  # fmt: skip
        results.write(done, self.output / keeping.RUNS)
        return done

    def _abort(self, run: Run, why: str) -> None:
        left = keeping.aborted(run, self._results(run.id), why)
        results.write(replace(left, seconds=self._seconds()), self.output / keeping.RUNS)
        self.say(f"{run.id}: {why}. {GONE}")

    def _executed(self, folder: Path, run: Run, evidence: Path) -> tuple[Compared, ...]:
        self.say("IQ: the installation as it runs")
        tried = keeping.attempts(self.output)
        recorder = Recorder(self.output, evidence)
        for one in installation.examine(recorder, self.only, tried):
            self._tell(run.id, {"begun": one.key, "at": one.started, "attempt": one.attempt})
            self._tell(run.id, {"result": asdict(one)})
            self.say(f"{one.key} {one.verdict}: {one.title}" + (f" ({one.note})" if one.note else ""))
        if not self.scripts:
            return ()
        with copying.copied(self.place, folder, self.say, self.package) as copy, tempfile.TemporaryDirectory() as scratch:
            compared = comparing.compare(comparing.taken() | comparing.surroundings(), copy.described)
            for difference in comparing.unexplained(compared):
                self.say(f"The copy is not like production: {difference}")
            self.say(f"OQ and PQ: {len(self.scripts)} scripts on the copy")
            executing.run(Assignment(
                RUN, run.id, str(folder), copy.told, str(keeping.told(self.output, run.id)), str(self.output), str(evidence), SITE,
                self.only, tried, {one.key: one.fingerprint for one in self.scripts},
            ), len(run.planned), Path(scratch), self.place.path / planning.OWN, self.say)  # fmt: skip
        return compared

    def _results(self, run: str) -> tuple[ScriptResult, ...]:
        return keeping.gathered(planning.read(keeping.told(self.output, run)))

    def _tell(self, run: str, line: dict[str, Any]) -> None:
        with keeping.told(self.output, run).open("a", encoding="utf-8") as out:
            out.write(json.dumps(line, ensure_ascii=False) + "\n")

    def _seconds(self) -> float:
        return round(time.monotonic() - self.began, 1)


def qualify(place: Home, output: Path, only: Iterable[str] = (), say: Say = print, *,
            trial: bool = False, delta: bool = False) -> dict[str, Any]:  # fmt: skip
    """Qualify an installation into a folder; gives what `indelible qualify --json` says. Raises Refused, Invalid or Unavailable.

    Scripts that differ from those of an approved protocol are refused, unless a `trial` is asked for, of which nothing counts.
    Every test runs in each case. A `delta` is asked for after a change: it is refused where no package lies in the folder to
    compare with, and says what people execute again (Annex 11-10).
    """
    if delta and packing.before(output) is None:
        raise Invalid(rule="input", text=f"{output} holds no package that this one could be compared with.",
                      missing=(Missing("The folder of the package before: its package.json lies there.", field="output"),),
                      do="Name the folder of the package before, or qualify without --delta.")  # fmt: skip
    keeping.prepare(output)
    keeping.keep_private(output)
    asked = Qualification(place, output, say, list(only), trial=trial)
    run = asked.run()
    kept = officially.keep(run)
    if kept["not_kept"]:
        say(f"The run stands in {output} and not in the ledger: {kept['not_kept']}")
    return told(run, asked.scripts, asked.only) | kept | packing.pack(run, asked.scripts, asked.only, output, say)


def plan(place: Home, only: Iterable[str] = ()) -> dict[str, Any]:
    """Give every script that would run, with its steps and expected results; none of them runs."""
    with copying.configuration() as (folder, notes):
        made = planning.plan(folder, only, place.path / planning.OWN)
    checks = installation.planned(list(only))
    return {"configuration": config.current().sha256, "scripts": planning.told(made.scripts), "installation": checks,
            "left_out": list(made.left_out), "orphans": planning.orphans(made.scripts), "notes": list(notes)}  # fmt: skip


def prepare(place: Home, say: Say) -> dict[str, Any]:
    """Make drafts of the requirements and scripts that are not in the ledger yet; raises Refused, Invalid or Unavailable."""
    say("Planning the scripts against the configuration in force")
    with copying.configuration() as (folder, _):
        made = planning.plan(folder, (), place.path / planning.OWN)
    say("Drafts of requirements and scripts")
    return officially.prepare(officially.plain(made.scripts, installation.planned([])))


def told(run: Run, scripts: list[Script], only: list[str]) -> dict[str, Any]:
    """Give a run in figures."""
    slowest = sorted(run.results, key=lambda one: -one.seconds)[:SLOWEST]
    differing = comparing.unexplained(run.compared)
    covers = tracing.told(run, scripts, only)
    counts, skipped = run.counts(), [one for one in run.results if one.verdict == results.SKIPPED]
    return {
        "state": "executed", "run": run.id, "official": run.official, "why_not_official": list(run.why_not_official),
        "build": run.build, "configuration": run.configuration_sha256, "baseline": run.baseline, "engine": run.engine,
        **covers, "tests": counts, "missing": run.missing(), "differences": differing,
        "seconds": run.seconds,
        "failed": [{"script": one.key, "requirements": list(one.requirements), "note": one.note} for one in run.results
                   if one.verdict not in (results.PASSED, results.SKIPPED)],
        "skipped": [{"script": one.key, "note": one.note} for one in skipped if one.origin != results.PERSON],
        "manual": [{"script": one.key, "title": one.title, "note": one.note} for one in skipped if one.origin == results.PERSON],
        "slowest": [{"script": one.key, "seconds": one.seconds} for one in slowest],
        "ok": not (counts["failed"] or run.missing() or differing or (covers["requirements"]["uncovered"] and not only)),
    }  # fmt: skip


@contextmanager
def stoppable() -> Iterator[None]:
    """Turn SIGTERM into an exception, so that everything is taken away as after Ctrl-C."""

    def stop(_number: int, _frame: FrameType | None) -> NoReturn:
        raise Stopped

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

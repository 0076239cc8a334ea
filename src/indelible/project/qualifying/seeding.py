"""The only place that runs scripts on a product that was made faulty on purpose, and on the same product without a fault.

The scripts, the plugin and the runner are those of the product as it is: only what serves the copy, makes its home and is its command
line comes from the faulty tree. No such run is ever official.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings

from indelible.assurance import backup
from indelible.assurance.qualification import planning, results
from indelible.assurance.qualification.assignment import RUN, Assignment
from indelible.assurance.qualification.planning import Plan, Script
from indelible.assurance.qualification.results import SITE, Compared, Run
from indelible.infra import build, clock
from indelible.infra.home import Home
from indelible.kernel import config
from indelible.kernel.errors import Unavailable
from indelible.kernel.models import Baseline
from indelible.project.qualifying import comparing, copying, executing, keeping, patching
from indelible.project.qualifying.copying import Copy, Mould
from indelible.project.qualifying.patching import Change
from indelible.project.qualifying.qualify import Stopped, stoppable

Say = Callable[[str], None]
FOLDER = "adequacy"
SEEDED = "it proves the runner, on a copy made for that; such a run says nothing about the product and never counts"
EMBEDDED = "faults are seeded into copies on SQLite, but for those of the guards of the other engine"
POSTGRES = "postgresql"


@dataclass(frozen=True, slots=True)
class Asked:
    """One run: which scripts on which copy, after which verdicts nothing more is asked, and how its progress is told."""

    scripts: Sequence[Script]
    change: Change | None = None
    until: tuple[str, ...] = ()
    founding: bool = False  # the copy is made anew by the faulty product
    engine: str = ""
    quiet: bool = False


@dataclass(slots=True)
class Bench:
    """What every proof is made on: the plan, the configuration in force, and a home to pour copies from."""

    output: Path
    say: Say
    place: Home
    folder: Path
    scripts: Sequence[Script]
    mould: Mould
    began: float = field(default_factory=time.monotonic)

    def seconds(self) -> float:
        """Give how long this proof has taken so far."""
        return round(time.monotonic() - self.began, 1)

    def run(self, asked: Asked) -> Run:
        """Run scripts on a copy of the product with a change, or without one; raises Unavailable or Refused where no copy comes about."""
        if asked.change is None:
            return self._served(asked, build.PACKAGE.parent)
        with patching.tree(asked.change) as package:
            return self._served(asked, package)

    def _served(self, asked: Asked, package: Path) -> Run:
        anew = asked.founding or asked.engine == POSTGRES
        began = time.monotonic()
        with copying.copied(
            self.place, self.folder, _nothing, package, mould=None if anew else self.mould, embedded=asked.engine != POSTGRES
        ) as copy:
            compared = comparing.compare(
                comparing.taken() | comparing.surroundings(), copy.described, _because(asked) | _on_sqlite(asked)
            )
            if asked.change is not None and copy.described["build.package"] == build.identity().package:
                raise Unavailable("The copy ran the product as it is, and not the faulty one.")
            return self._asked(asked, copy, compared, began)

    def _asked(self, asked: Asked, copy: Copy, compared: tuple[Compared, ...], began: float) -> Run:
        run = self._begun(asked, copy)
        evidence = self.output / keeping.EVIDENCE / run.id
        evidence.mkdir()
        told = keeping.told(self.output, run.id)
        told.touch()
        with TemporaryDirectory() as scratch:
            executing.run(Assignment(
                RUN, run.id, str(self.folder), copy.told, str(told), str(self.output), str(evidence), SITE,
                [one.key for one in asked.scripts], {}, {one.key: one.fingerprint for one in asked.scripts}, list(asked.until),
            ), len(asked.scripts), Path(scratch), None, _nothing if asked.quiet else self.say)  # fmt: skip
        done = replace(
            run, ended=clock.iso(clock.real()), compared=compared, results=keeping.gathered(planning.read(told)),
            seconds=round(time.monotonic() - began, 1),
            notes=tuple(f"unexplained difference: {one}" for one in comparing.unexplained(compared)),
        )  # fmt: skip
        results.write(done, self.output / keeping.RUNS)
        return done

    def _begun(self, asked: Asked, copy: Copy) -> Run:
        identity, sealed = copy.described["build.package"], Baseline.objects.order_by("-number")[0]
        return Run(
            keeping.next_id(self.output), False, (SEEDED,), clock.iso(clock.real()), "", f"{copy.described['build.version']}+{identity[:12]}",
            identity, sealed.number, config.current().sha256, copy.told["database"]["engine"], str(settings.ENVIRONMENT),
            backup.account(), planning.tools(), tuple(one.key for one in asked.scripts), fault=asked.change.id if asked.change else "",
        )  # fmt: skip


@contextmanager
def endable() -> Iterator[None]:
    """Let somebody end a proof; raises Unavailable then, when its copies and servers are gone. What it had proven stands in its runs."""
    try:
        with stoppable():
            yield
    except (KeyboardInterrupt, Stopped):
        raise Unavailable("The proof was stopped before its end: its copies are gone, and it has no record.") from None


@contextmanager
def ready(place: Home, output: Path, say: Say, fits: Callable[[Plan], None]) -> Iterator[Bench]:
    """Plan, and make the home to pour copies from; raises Refused where another qualification runs, or a script is unsound."""
    keeping.keep_private(keeping.prepare(output))
    with copying.alone(place), copying.configuration() as (folder, _):
        say("Planning the scripts against the configuration in force")
        plan = planning.plan(folder)
        fits(plan)  # before the long work begins
        with copying.moulded(folder, say) as mould:
            yield Bench(keeping.prepare(output / FOLDER), say, place, folder, plan.scripts, mould)


def _because(asked: Asked) -> dict[str, str]:
    if asked.change is None:
        return {}
    why = f"the seeded fault {asked.change.id} in {asked.change.file}"
    return {"build.package": why, "code.*": why, "guard.*": why}


def _on_sqlite(asked: Asked) -> dict[str, str]:
    return {} if asked.engine == POSTGRES else {f"{one}.*": EMBEDDED for one in ("database", "guard", "right", "table")}


def _nothing(_line: str) -> None:
    """Say nothing: what a run of the proof says of itself would tell the drawn fault, or the same ten lines forty times."""

"""The only place that gathers what a validation package says, from the run, the catalogue and the ledger, and has it written.

What nobody has recorded stays empty here, and the documents say in its place that it is missing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from indelible.assurance.catalogue import loading
from indelible.assurance.catalogue.trace import Matrix
from indelible.assurance.package import binder, gathering, writing
from indelible.assurance.package.facts import (
    About,
    Component,
    Facts,
    Issue,
    Moment,
    Person,
    Scoped,
    Signature,
    TestDeviation,
)
from indelible.assurance.qualification import installation, planning, results
from indelible.assurance.qualification.planning import Script
from indelible.assurance.qualification.results import SKIPPED, Run
from indelible.assurance.specification import content
from indelible.assurance.specification import writing as specification
from indelible.infra import build, canonical, clock
from indelible.kernel import config, records
from indelible.kernel.models import Event, LogPosition, Record
from indelible.kernel.models import Signature as Signed
from indelible.modules.training import asking
from indelible.modules.validation import holding
from indelible.practice import access, inventory
from indelible.project.qualifying import keeping, tracing

Say = Callable[[str], None]
GATES = {
    holding.PLAN: "plan approved", holding.REQUIREMENTS: "requirements approved", holding.RISKS: "risk assessment approved",
    "specification": "configuration specification approved", "IQ report": "installation qualified", "OQ report": "operation qualified",
    "PQ report": "performance qualified", holding.SUMMARY: "report approved",
}  # fmt: skip
PRIVILEGED = ("sysadmin", "system_owner")
BROWSER = "Chromium"
PACKAGE = "VAL-001"


def pack(run: Run, scripts: list[Script], only: list[str], output: Path, say: Say) -> dict[str, Any]:
    """Write the package of a run into its folder; gives its documents, and what speaks against its approval.

    Raises Unsound where evidence is missing or changed, PdfFailed where the typesetter is broken.
    """
    say("The package: documents, index, sums and zip")
    facts = gathered(run, scripts, only, output)
    made = writing.write(facts, output, say)
    return {
        "documents": [asdict(one) for one in made.documents], "package": str(made.archive), "sums_sha256": made.sums_sha256,
        "delta": made.index["delta"], "approvable": not made.reasons, "reasons": [asdict(one) for one in made.reasons],
    }  # fmt: skip


def gathered(run: Run, scripts: list[Script], only: list[str], output: Path) -> Facts:
    """Gather the facts of a run."""
    catalogue, found = loading.load(), tracing.matrix(run, scripts, only)
    plan = (*gathering.planned(planning.told(scripts), catalogue.requirements), *gathering.checks(installation.wanted(only)))
    told = content.gather()
    kept = _documents()
    return Facts(
        _about(run, output), catalogue.obligations, catalogue.requirements, gathering.matrix(found), _runs(output), judged=run.id, plan=plan,
        settings=gathering.settings(told.keys, catalogue.requirements, plan, run),
        specification={name: make() for name, make in specification.files(told).items()}, scope=tuple(_scope()), components=tuple(_components()),
        people=tuple(_people()), signatures=tuple(_signatures(kept)), issues={code: _issue(head) for code, head in kept.items()},
        deviations=tuple(_deviations()), timeline=tuple(_timeline(kept)), principles=_principles(found),
        drafts=catalogue.drafts, browser=not any(one.verdict == SKIPPED and BROWSER in one.note for one in run.results),
        previous=before(output),
    )  # fmt: skip


def _about(run: Run, output: Path) -> About:
    made = sum(1 for path in (output / keeping.RUNS).glob(f"*{keeping.DONE}") if not path.name.endswith(keeping.PLAN))
    declared = config.current()
    predicates = sorted({one.gxp.predicate for one in declared.types.values() if one.gxp and one.gxp.predicate})
    return About(
        f"{PACKAGE}-{made:02}", declared.company.name, "Indelible", build.identity().version, str(settings.ENVIRONMENT).upper(), declared.company.zone,
        run.build, run.build_sha256, run.baseline, run.configuration_sha256, "PostgreSQL" if connection.vendor == "postgresql" else "SQLite",
        run.ended or run.started, run.started_by,
        purpose="Electronic quality management: controlled documents, training, quality events and their signatures",
        boundaries="The product, its database and its files. Outside of it: the host, its network, its clock source, mail, and an identity provider",
        predicates=tuple(predicates),
    )  # fmt: skip


def _runs(output: Path) -> tuple[Run, ...]:
    files = [path for path in (output / keeping.RUNS).glob(f"*{keeping.DONE}") if not path.name.endswith(keeping.PLAN)]
    return tuple(sorted((results.read(path) for path in files), key=lambda one: (one.started, one.id)))


def before(output: Path) -> dict[str, Any] | None:
    """Give the index of the package that lies in a folder; None where none lies there."""
    file = output / binder.INDEX
    return dict(json.loads(file.read_text("utf-8"))) if file.is_file() else None


def _documents() -> dict[str, Record]:
    """Give the newest approved validation document of this system by its code; of what is only in work, the one in work."""
    if holding.SYSTEM not in config.current().types:
        return {}
    found: dict[str, Record] = {}
    states = ("draft", "in_review", "in_approval", *holding.APPROVED)
    for head in reversed(holding.documents(inventory.THIS, *holding.CODES, states=states)):
        code = holding.CODES[holding.kind_of(records.values(head))]
        if head.state in holding.APPROVED or code not in found or found[code].state not in holding.APPROVED:
            found[code] = head
    return found


def _issue(head: Record) -> Issue:
    row = (
        f"{head.revision:02}",
        clock.iso(head.created_at),
        str(records.values(head).get("reason_for_revision") or "First revision"),
        "",
    )
    return Issue(head.number, f"{head.revision:02}", head.state.replace("_", " "), (row,))


def _signatures(kept: dict[str, Record]) -> Iterator[Signature]:
    for code, head in kept.items():
        for one in Signed.objects.filter(record_id=head.pk).order_by("position"):
            told = json.loads(one.manifest)
            said = told.get("statement", {})
            yield Signature(code, one.meaning.replace("_", " "), str(said.get("user_id", "")), one.printed_name, str(said.get("title_of_signer", "")),
                            clock.iso(one.at), str(told.get("zone", "")), str(said.get("version_sha256", "")))  # fmt: skip


def _timeline(kept: dict[str, Record]) -> Iterator[Moment]:
    """Give what the ledger knows of this validation, each act with its place in the log; the last protocol passes their gate."""
    kinds = {head.pk: holding.kind_of(records.values(head)) for head in kept.values()}
    approvals = [event for event in _events(kinds) if _past(event) == "approved"]
    protocols = [event for event in approvals if kinds[event.record_id] in holding.PROTOCOLS]
    last = protocols[-1] if protocols and {kinds[one.record_id] for one in protocols} == {*holding.PROTOCOLS} else None
    for event in approvals:
        gate = "protocols approved" if last is not None and event.pk == last.pk else GATES.get(kinds[event.record_id], "")
        yield _moment(event, f"{kinds[event.record_id]} approved", gate=gate)
    brought = Record.objects.filter(type=holding.RUN).values("pk")
    for event in _events(brought):
        if _past(event) in ("brought_in", "started"):
            yield _moment(event, "official run", after="protocols approved")
    for event in _events(Record.objects.filter(number=inventory.THIS).values("pk")):
        if _past(event) == "released":
            yield _moment(event, f"{inventory.THIS} released", gate="released")


def _events(of: Iterable[Any]) -> list[Event]:
    return list(Event.objects.filter(record_id__in=of).order_by("id"))


def _past(event: Event) -> str:
    return str(canonical.decode(event.payload)["event"]).partition(".")[2]


def _moment(event: Event, what: str, *, gate: str = "", after: str = "") -> Moment:
    said = canonical.decode(event.payload)
    place = LogPosition.objects.filter(kind="e", ref=event.pk).values_list("seq", flat=True).first()
    who = str((said.get("by") or {}).get("name") or "the system")
    return Moment(
        place if place is not None else event.pk, clock.iso(event.at), what, who, str(said.get("number", "")), gate, after
    )


def _scope() -> Iterator[Scoped]:
    for name, one in sorted(config.current().types.items()):
        why = (
            one.gxp.rationale
            if one.gxp
            else "Keeps no record that a predicate rule asks for; run and tested with the others"
        )
        yield Scoped(one.label, name, True, one.gxp is not None, why or one.gxp.predicate if one.gxp else why)


def _components() -> Iterator[Component]:
    identity = build.identity()
    yield Component(
        "Indelible",
        identity.version,
        identity.package,
        "4",
        "Configured, not programmed: types, lifecycles and roles are files",
    )
    engine = "PostgreSQL" if connection.vendor == "postgresql" else "SQLite"
    yield Component(engine, _server(), "", "1", "Infrastructure, used as its makers ship it")
    yield Component(
        "Python and its libraries", planning.tools()["Python"], identity.dependencies, "1", "Infrastructure, pinned by hash"
    )
    yield Component(
        "Configuration of the company",
        str(config.current().sha256)[:12],
        config.current().sha256,
        "4",
        "The baseline in force",
    )
    if (settings.HOME.path / planning.OWN).is_dir():
        yield Component("Scripts of the company", "", "", "5", "Written here")


def _server() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version" if connection.vendor == "postgresql" else "SELECT sqlite_version()")
        return str(cursor.fetchone()[0])


def _people() -> Iterator[Person]:
    now = access.as_of(clock.now())
    roles: dict[tuple[str, str], list[str]] = {(user, name): [] for _, user, name in now.alone}
    for one in now.held:
        roles.setdefault((one.user_id, one.name), []).append(f"{one.role} of {one.scope}" if one.scope else one.role)
    trained = _trained()
    for (user, name), held in sorted(roles.items()):
        yield Person(
            user, name, tuple(sorted(held)), tuple(trained.get(name, ())), privileged=any(one in PRIVILEGED for one in held)
        )


def _trained() -> dict[str, list[tuple[str, str, str]]]:
    """Give what each person was trained in and when, or that it is not done yet: the newest of each document, by printed name."""
    found: dict[str, dict[str, tuple[str, str, str]]] = {}
    for head in Record.objects.filter(type=asking.TRAINING).order_by("created_at"):
        values = records.values(head)
        name, about = (values.get("trainee") or {}).get("name", ""), holding.number_of(values.get("document")) or head.title
        found.setdefault(name, {})[about] = (about, clock.iso(head.updated_at)[:10], head.state.replace("_", " "))
    return {name: sorted(rows.values()) for name, rows in found.items()}


def _deviations() -> Iterator[TestDeviation]:
    for head in Record.objects.filter(type=holding.DEVIATION).order_by("number"):
        values = records.values(head)
        run = Record.objects.filter(number=holding.number_of(values["run"])).first()
        of = records.values(run) if run else {}
        yield gathering.deviation(head.number, head.state, values, run=str(of.get("run_id") or holding.number_of(values["run"])),
                                  script=holding.number_of(of.get("script")), opened_at=clock.iso(head.created_at))  # fmt: skip


def _principles(found: Matrix) -> tuple[Any, ...]:
    return gathering.principles(loading.load(), found, {}, {})

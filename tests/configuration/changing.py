"""Ways to another configuration: files with edits in them, the change that proposes them, the approvals, the act that applies."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings

from indelible.assurance.configuration import folder, planning, proposals, proposing
from indelible.assurance.configuration.proposals import Proposal
from indelible.kernel import config
from indelible.kernel.acts import Outcome
from indelible.kernel.models import Baseline, Record
from indelible.practice import uploads
from tests.homes import TOY, TestHome
from tests.modules.events import AREAS, day

WHY = "The laboratory walks away from its screens for longer"
Edits = Mapping[str, tuple[str, str]]


def folder_of(home: TestHome) -> None:
    """Put the files of baseline 1 where a home has them: the tests' copies bring a database alone."""
    place = settings.HOME.configuration
    folder.assemble(place)
    (place / "types" / TOY.name).write_bytes(TOY.read_bytes())
    assert proposals.of_folder(place).configuration.sha256 == config.current().sha256


@lru_cache(maxsize=8)
def _written(sha256: str) -> dict[str, bytes]:
    # Writing takes a second, and what is in force when a test begins is the same for most of them.
    return proposals.written(config.at(sha256))


def edited(edits: Mapping[str, tuple[str, str]], files: Mapping[str, bytes] | None = None) -> dict[str, bytes]:
    """Give the files in force with texts replaced, each of which must be there exactly once."""
    found = dict(files or _written(config.current().sha256))
    for name, (old, new) in edits.items():
        text = found[name].decode("utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        found[name] = text.replace(old, new).encode("utf-8")
    return found


IDLE = {"policies.yaml": ("idle_minutes: 15", "idle_minutes: 20")}


def proposal(edits: Mapping[str, tuple[str, str]] = IDLE) -> Proposal:
    return proposals.of_files(edited(edits))


def raised(home: TestHome, edits: Mapping[str, tuple[str, str]] = IDLE, who: str = "ann", **fields: Any) -> str:
    """Raise the change of a proposal with everything that a change must say, and give its number."""
    without = fields.pop("without", False)
    number = proposing.propose(home.people[who], proposal(edits), **said(home) | fields).number
    if without:
        home.act(who, "change.edit", number, fields={"proposal": None})
    return number


def said(home: TestHome) -> dict[str, Any]:
    given: dict[str, Any] = {
        "title": "Longer sessions in the laboratory", "reason": WHY, "owner": "ann", "assessors": ["hed"], "applied_by": "adm",
        "department": home.departments["Quality Control"], "criterion": "A session ends after the new time",
        "way_back": "The earlier configuration is planned and applied", "planned_on": day(10),
    }  # fmt: skip
    given |= {f"{area}_impact": False for area in AREAS} | {f"{area}_reason": "Not touched" for area in AREAS}
    return given


def approved(home: TestHome, edits: Mapping[str, tuple[str, str]] = IDLE, **fields: Any) -> str:
    """Raise a change and have it approved by the function, the system owner and Quality."""
    number = raised(home, edits, **fields)
    return decided(home, number)


def decided(home: TestHome, number: str) -> str:
    home.sign("ann", "change.submit", number)
    home.sign("hed", "change.assess", number)
    for who in ("hed", "sys", "qua"):
        home.sign(who, "change.approve", number)
    assert Record.objects.get(number=number).state == "implementing"
    return number


def applied(home: TestHome, number: str, who: str = "adm") -> Outcome:
    return home.act(who, "change.apply", number)


def attached(home: TestHome, who: str, data: bytes) -> list[dict[str, str]]:
    return [{"sha256": uploads.receive(home.people[who], "other.zip", [data]).sha256}]


def numbers() -> list[int]:
    return list(Baseline.objects.order_by("number").values_list("number", flat=True))


def plan_hash(edits: Mapping[str, tuple[str, str]] = IDLE) -> str:
    return planning.plan(proposal(edits)).hash

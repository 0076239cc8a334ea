"""The documents of a package in document control: drafts of who brings them, once, byte for byte, and never over another's work."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from indelible.infra import build
from indelible.kernel import records
from indelible.kernel.errors import Invalid, Refused
from indelible.kernel.models import Baseline, Event, Record
from indelible.modules.validation import filing, holding
from tests.homes import TestHome
from tests.modules import validating
from tests.modules.events import head
from tests.practice.bringing import pdf

KINDS = list(holding.CODES)


def package(place: Path, issue: int = 1, **given: Any) -> Path:
    """Write a folder as a qualification leaves it, as far as its documents go, one of them of no place in document control."""
    (place / "documents").mkdir(parents=True, exist_ok=True)
    number, documents = f"VAL-001-{issue:02}", []
    for code in (*holding.CODES.values(), "CRT"):
        content = pdf(f"{code} of issue {issue if code != 'VP' or issue > 2 else 1}")
        (place / "documents" / f"{number}-{code}.pdf").write_bytes(content)
        documents.append({"id": f"{number}-{code}", "title": code, "file": f"documents/{number}-{code}.pdf",
                          "sha256": hashlib.sha256(content).hexdigest()})  # fmt: skip
    index = {"number": number, "build": build.identity().name, "baseline": Baseline.objects.count(), "documents": documents}
    (place / "package.json").write_text(json.dumps(index | given), "utf-8")
    return place


@pytest.fixture
def ours(plant: TestHome) -> TestHome:
    """Give a home whose first system is this one."""
    validating.ours(plant)
    return plant


def brought(home: TestHome, place: Path, who: str = "val") -> dict[str, tuple[str, str]]:
    department = home.departments["Quality Control"]
    done = filing.file(home.people[who], filing.read(place), department=department, reviewers=["rob"])
    return {one.kind: (one.done, one.number) for one in done}


def words(found: dict[str, tuple[str, str]]) -> dict[str, str]:
    return {kind: done for kind, (done, _) in found.items()}


def test_each_document_becomes_a_draft_once(ours: TestHome, tmp_path: Path) -> None:
    place = package(tmp_path / "package")
    first = brought(ours, place)

    assert words(first) == dict.fromkeys(KINDS, filing.MADE)
    for kind, (_, number) in first.items():
        values = records.values(head(number))
        assert (head(number).state, values["validation_kind"], holding.number_of(values["system"])) == (
            "draft",
            kind,
            "SYS-001",
        )
        written = (place / "documents" / f"VAL-001-01-{holding.CODES[kind]}.pdf").read_bytes()
        assert [one["sha256"] for one in values["file"]] == [hashlib.sha256(written).hexdigest()]
        assert (values["build"], values["baseline"]) == (build.identity().name, "1")
    before = Event.objects.count()
    assert words(brought(ours, place)) == dict.fromkeys(KINDS, filing.SAME)
    assert Event.objects.count() == before


def test_it_is_reviewed_and_signed_as_any_other_and_the_next_package_revises_it(ours: TestHome, tmp_path: Path) -> None:
    first = brought(ours, package(tmp_path / "one"))
    plan = validating.approve(ours, first["plan"][1], listing=False)
    ours.act("doc", "document.take_effect", plan)

    second = brought(ours, package(tmp_path / "two", 2))
    third = brought(ours, package(tmp_path / "three", 3))

    assert second["plan"] == (filing.SAME, plan)  # the same bytes: what is approved stands
    assert {done for kind, (done, _) in second.items() if kind != "plan"} == {filing.RENEWED}
    assert third["plan"][0] == filing.REVISED
    revision = head(third["plan"][1])
    assert (revision.revision, revision.state, head(plan).state) == (2, "draft", "effective")
    assert "VAL-001-03" in records.values(revision)["summary_of_changes"]
    assert [number for _, number in second.values()][1:] == [number for _, number in third.values()][1:]


def test_who_wrote_it_does_not_review_it(ours: TestHome, tmp_path: Path) -> None:
    place = package(tmp_path / "package")
    made = [
        *filing.file(
            ours.people["val"], filing.read(place), department=ours.departments["Quality Control"], reviewers=["val"]
        )
    ]

    with pytest.raises(Refused) as refused:
        ours.sign("val", "document.submit", made[0].number)

    assert "reviewers_are_not_authors" in {one.rule for one in refused.value.missing}


def test_what_another_has_in_work_is_left_and_named(ours: TestHome, tmp_path: Path) -> None:
    own = validating.document(ours, "SYS-001", "specification")
    sent = validating.document(ours, "SYS-001", "plan")
    ours.sign("val", "document.submit", sent)
    before = {number: head(number).version_sha256 for number in (own, sent)}

    found = brought(ours, package(tmp_path / "package"), "vay")

    assert (found["specification"], found["plan"]) == ((filing.IN_WORK, own), (filing.IN_WORK, sent))
    assert {number: head(number).version_sha256 for number in (own, sent)} == before
    assert brought(ours, package(tmp_path / "package"))["plan"] == (filing.IN_WORK, sent)  # nor what is out for review


@pytest.mark.parametrize("who", ["rea", "adm", "qua"])
def test_who_may_not_write_documents_brings_in_none(ours: TestHome, tmp_path: Path, who: str) -> None:
    before = Record.objects.count()
    with pytest.raises(Refused) as refused:
        brought(ours, package(tmp_path / "package"), who)

    assert refused.value.rule == "authority"
    assert Record.objects.count() == before


def test_a_document_that_is_not_as_it_was_written_is_refused_and_named(ours: TestHome, tmp_path: Path) -> None:
    place = package(tmp_path / "package")
    (place / "documents" / "VAL-001-01-OQR.pdf").write_bytes(pdf("all passed"))
    before = Record.objects.count()

    with pytest.raises(Invalid, match=r"not as the package wrote it: documents/VAL-001-01-OQR\.pdf"):
        brought(ours, place)
    assert Record.objects.count() == before


@pytest.mark.parametrize("other", [{"build": "0.0.1 of another day"}, {"baseline": 7}])
def test_a_package_of_what_does_not_run_is_refused(ours: TestHome, tmp_path: Path, other: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        brought(ours, package(tmp_path / "package", **other))

    assert refused.value.rule == "package_is_of_what_runs"
    assert str(next(iter(other.values()))) in str(refused.value)


@pytest.mark.parametrize("index", [None, "", "{", "[]", '{"number": "VAL-001-01"}', '{"documents": [{"id": 1}]}'])
def test_what_is_no_package_is_said_so(ours: TestHome, tmp_path: Path, index: str | None) -> None:
    if index is not None:
        (tmp_path / "package.json").write_text(index, "utf-8")
    with pytest.raises(Invalid, match="holds no package that can be read"):
        filing.read(tmp_path)

"""The binder is checked by an outsider: sha256sum, and one file of Python without the product; whatever was touched is named."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from indelible.assurance.package import binder, writing
from indelible.assurance.package.binder import Unsound
from indelible.assurance.package.changes import NoPackage
from tests.assurance.package import made
from tests.assurance.package.conftest import Written

pytestmark = pytest.mark.engine_free
ROOT = Path(__file__).parents[3]
SHA256SUM = shutil.which("sha256sum") or "sha256sum"
EXCHANGE = re.compile(r"-exchange\.json$")


def check(package: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the checker that lies in the binder, isolated from everything that is installed."""
    checker = package / binder.CHECKER if package.is_dir() else ROOT / "verifier" / binder.CHECKER
    return subprocess.run(
        [sys.executable, "-I", "-S", str(checker), str(package), "--seed", "7", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def seal_again(package: Path) -> None:
    """Write the sums and the zip anew, as somebody would who has access to every file."""
    number = json.loads((package / binder.INDEX).read_text())["number"]
    (package / f"{number}.zip").unlink()
    (package / binder.SUMS).unlink()
    files = sorted(path for path in package.rglob("*") if path.is_file())
    lines = [f"{sha256(path.read_bytes()).hexdigest()}  {path.relative_to(package).as_posix()}\n" for path in files]
    (package / binder.SUMS).write_text("".join(lines))


def edit(file: Path, change: Callable[[Any], None]) -> None:
    data = json.loads(file.read_text())
    change(data)
    file.write_text(json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True))


def evidence(package: Path, pattern: re.Pattern[str] = EXCHANGE) -> Path:
    return next(path for path in sorted((package / "evidence").rglob("*")) if pattern.search(path.name))


def test_sha256sum_checks_every_file(official: Written) -> None:
    place, _ = official
    done = subprocess.run([SHA256SUM, "-c", "--quiet", binder.SUMS], cwd=place, capture_output=True, text=True, check=False)
    listed = {line.split("  ", 1)[1] for line in (place / binder.SUMS).read_text().splitlines()}
    there = {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert there - listed == {binder.SUMS, f"{made.ABOUT.number}.zip"}
    assert {"package.json", "READ-ME.txt", "check_package.py", "runs/RUN-00001.json"} <= listed


def test_a_sound_package_passes_and_five_pieces_of_evidence_are_computed_again(official: Written) -> None:
    done = check(official[0], "--sums", official[1].sums_sha256)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Drawn with seed 7: 5 of " in done.stdout
    assert done.stdout.count("file hash and size as the result says") == 5
    assert "body hash computed again" in done.stdout
    assert "leaves of the ledger computed again" in done.stdout
    assert "words of the actual result" in done.stdout


def test_the_lot_depends_on_the_number_alone(official: Written) -> None:
    first, again, other = (check(official[0], "--seed", seed).stdout for seed in ("11", "11", "12"))

    assert first == again
    assert first != other


def test_the_zip_is_the_same_package(official: Written) -> None:
    done = check(official[1].archive)

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_same_facts_give_the_same_bytes(official: Written, tmp_path: Path) -> None:
    again = writing.write(made.small(tmp_path), tmp_path)

    assert again.sums_sha256 == official[1].sums_sha256
    assert again.archive.read_bytes() == official[1].archive.read_bytes()


def test_writing_again_into_the_same_folder_leaves_nothing_old(official: Written, package: Path) -> None:
    (package / "documents" / "old.pdf").write_bytes(b"of a package before")
    again = writing.write(made.small(package), package)

    assert again.sums_sha256 == official[1].sums_sha256
    assert check(package).returncode == 0


def test_the_read_me_gives_commands_that_work(official: Written) -> None:
    told = (official[0] / "READ-ME.txt").read_text()

    assert "sha256sum -c --quiet SHA256SUMS" in told
    assert "check_package.py . --seed" in told


def test_the_checker_is_one_file_for_both_places() -> None:
    assert (ROOT / "verifier" / binder.CHECKER).resolve() == writing.CHECKER
    imported = set(re.findall(r"^(?:import|from) (\w+)", writing.CHECKER.read_text(), re.MULTILINE))
    assert imported <= set(sys.stdlib_module_names)


@pytest.mark.parametrize(
    "name",
    ["documents/VAL-001-01-VSR.pdf", "documents/VAL-001-01-VSR.json", "runs/RUN-00001.json", "package.json", "READ-ME.txt", "check_package.py",
     "documents/configuration-specification/lifecycles/deviation.svg"],
)  # fmt: skip
def test_a_changed_byte_is_named(package: Path, name: str) -> None:
    content = (package / name).read_bytes()
    (package / name).write_bytes(
        content.replace(b"e", b"E", 1) if name.endswith((".py", ".txt", ".svg")) else content + b"\n"
    )
    if name == binder.CHECKER:
        shutil.copy(writing.CHECKER, package.parent / binder.CHECKER)
    done = subprocess.run(
        [sys.executable, "-I", str(writing.CHECKER), str(package)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert f"FAULT  {name}: changed" in done.stdout


def test_a_changed_byte_of_evidence_is_named(package: Path) -> None:
    file = evidence(package)
    file.write_bytes(file.read_bytes().replace(b"403", b"200"))
    done = check(package)

    assert done.returncode == 1
    assert f"FAULT  {file.relative_to(package).as_posix()}: changed" in done.stdout


def test_a_missing_file_is_named(package: Path) -> None:
    (package / "documents" / "VAL-001-01-TDV.pdf").unlink()
    file = evidence(package)
    file.unlink()
    done = check(package)

    assert done.returncode == 1
    assert "FAULT  documents/VAL-001-01-TDV.pdf: missing" in done.stdout
    assert f"FAULT  {file.relative_to(package).as_posix()}: missing" in done.stdout


@pytest.mark.parametrize(
    "name", ["documents/another.pdf", "evidence/RUN-00001/more.json", "other.zip", "runs/RUN-00009.json"]
)
def test_an_added_file_is_named(package: Path, name: str) -> None:
    (package / name).write_bytes(b"{}")
    done = check(package)

    assert done.returncode == 1
    assert f"FAULT  {name}: added" in done.stdout


def test_an_edited_result_is_named_by_its_row_though_the_sums_were_made_anew(package: Path) -> None:
    def change(run: Any) -> None:
        run["results"][0]["steps"][0]["actual"] = "done"
        run["results"][0]["steps"][0]["expected"] = "done"

    edit(package / "runs/RUN-00001.json", change)
    seal_again(package)
    done = check(package)

    key = json.loads((package / "runs/RUN-00001.json").read_text())["results"][0]["script"]
    assert done.returncode == 1
    assert f"FAULT  runs/RUN-00001.json: the result {key}#1" in done.stdout
    assert "was edited" in done.stdout


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda run: run["results"].pop(), "was taken away"),
        (lambda run: run["results"].append(dict(run["results"][0], attempt=2)), "was added"),
        (lambda run: run["results"].append(run["results"][0]), "stands there twice"),
        (lambda run: run["results"][1].update(verdict="failed"), "was edited"),
        (lambda run: run.update(official=False), "official is False"),
        (lambda run: run["results"][0]["steps"][1].update(verdict="failed"), "it passed, and not all of its steps did"),
        (lambda run: run["results"][0]["steps"][1].update(actual="done"), "its actual result is not the expected one"),
        (lambda run: run.pop("results"), "no run"),
    ],
)
def test_a_run_that_was_touched_is_named_though_the_sums_were_made_anew(
    package: Path, change: Callable[[Any], Any], said: str
) -> None:
    edit(package / "runs/RUN-00001.json", change)
    seal_again(package)
    done = check(package)

    assert done.returncode == 1, done.stdout
    assert said in done.stdout


@pytest.mark.parametrize(
    ("pattern", "change", "said"),
    [
        (
            EXCHANGE,
            lambda data: data["response"].update(body='{"state": "approved"}'),
            "the body of the response is not the one",
        ),
        (re.compile(r"-query\.json$"), lambda data: data["rows"][0].update(payload="{}"), "does not give its leaf"),
        (re.compile(r"-query\.json$"), lambda data: data["rows"].clear(), "it counts 1 rows and holds 0"),
        (re.compile(r"-log\.json$"), lambda data: data.update(actual="14"), "it says actual '14', the result says"),
        (re.compile(r"-log\.json$"), lambda data: data.update(ok=None), "it says ok None, the result says passed"),
    ],
)
def test_evidence_that_was_touched_is_found_by_computing_it_again(
    package: Path, pattern: re.Pattern[str], change: Callable[[Any], None], said: str
) -> None:
    """Somebody who may write every file puts right the sums, the digests and the results; the content itself speaks against it."""
    file = evidence(package, pattern)
    edit(file, change)
    name, content = file.relative_to(package).as_posix(), file.read_bytes()

    def follow(run: Any) -> None:
        for kept in (
            kept for one in run["results"] for step in one["steps"] for kept in step["evidence"] if kept["file"] == name
        ):
            kept.update(sha256=sha256(content).hexdigest(), size=len(content))

    edit(package / "runs/RUN-00001.json", follow)
    run = json.loads((package / "runs/RUN-00001.json").read_text())
    digests = {f"{one['script']}#{one['attempt']}": sha256(json.dumps(one, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
               for one in run["results"]}  # fmt: skip
    edit(package / binder.INDEX, lambda index: index["runs"]["RUN-00001"].update(rows=digests))
    seal_again(package)
    done = check(package, "--draw", "100000")

    assert done.returncode == 1
    assert f"FAULT  {name}: " in done.stdout
    assert said in done.stdout


def test_sums_that_were_made_anew_are_told_from_those_that_were_written_down(official: Written, package: Path) -> None:
    (package / "READ-ME.txt").write_text("Nothing to see.")
    seal_again(package)

    assert check(package).returncode == 0  # nothing inside can tell
    done = check(package, "--sums", official[1].sums_sha256)
    assert done.returncode == 1
    assert "SHA256SUMS is not the one that was written down" in done.stdout


def test_a_zip_that_is_another_than_the_folder_is_named(package: Path) -> None:
    with zipfile.ZipFile(package / f"{made.ABOUT.number}.zip", "a") as archive:
        archive.writestr(f"{made.ABOUT.number}/documents/more.pdf", b"more")
    done = check(package)

    assert done.returncode == 1
    assert "documents/more.pdf is another than in the folder" in done.stdout


@pytest.mark.parametrize("content", [None, b"", b"no zip"])
def test_what_is_no_package_is_said_to_be_none(tmp_path: Path, content: bytes | None) -> None:
    given = tmp_path / "package.zip"
    if content is not None:
        given.write_bytes(content)
    done = check(given)

    assert done.returncode == 2
    assert "cannot be read as a package" in done.stdout
    assert "Traceback" not in done.stderr


def test_an_index_that_is_none_is_said_to_be_none(package: Path) -> None:
    (package / binder.INDEX).write_text("[]")
    done = check(package)

    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda place: evidence(place).unlink(), "missing"),
        (lambda place: evidence(place).write_bytes(b"{}"), "was changed since it was kept"),
        (
            lambda place: edit(place / "runs/RUN-00001.json", lambda run: run.update(baseline=9)),
            "is another run than the one given",
        ),
    ],
)
def test_a_package_is_not_written_over_evidence_that_was_touched(
    tmp_path: Path, damage: Callable[[Path], None], said: str
) -> None:
    given = made.facts(tmp_path, count=3, scripts=6, steps=1)
    binder.keep_runs(given, tmp_path)
    damage(tmp_path)

    with pytest.raises(Unsound, match=said):
        writing.write(given, tmp_path)
    assert not (tmp_path / "documents").exists()


@pytest.mark.parametrize("name", ["../outside.json", "/etc/hostname", "evidence/a\nb.json"])
def test_evidence_that_leads_outside_is_refused(tmp_path: Path, name: str) -> None:
    given = made.facts(tmp_path, count=3, scripts=6, steps=1)
    first = given.runs[0].results[0]
    leading = replace(first.steps[0], evidence=(replace(first.steps[0].evidence[0], file=name),))

    with pytest.raises(Unsound, match="leads outside"):
        writing.write(made.altered(given, first.key, steps=(leading,)), tmp_path)


def test_a_run_whose_evidence_lies_elsewhere_is_said_to_be_so(tmp_path: Path) -> None:
    given = made.facts(tmp_path, count=3, scripts=6, steps=1)
    elsewhere = made.run(tmp_path / "elsewhere", given.plan, 1, "RUN-00000", official=False)
    shutil.rmtree(tmp_path / "elsewhere")
    package = writing.write(replace(given, runs=(elsewhere, *given.runs)), tmp_path)

    limits = next(one for one in package.documents if one.id.endswith("-LIM"))
    assert "RUN-00000" in (tmp_path / limits.file).with_suffix(".json").read_text()
    assert check(tmp_path).returncode == 0


def test_a_package_before_that_is_none_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    given = made.facts(tmp_path, count=3, scripts=6, steps=1)

    with pytest.raises(NoPackage, match="cannot be read"):
        writing.write(replace(given, previous={"number": "VAL-001-00"}), tmp_path)
    assert not (tmp_path / "documents").exists()

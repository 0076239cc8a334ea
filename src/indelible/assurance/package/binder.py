"""The only place that makes one binder of a package: its folders, the sums over every file, how to check them, and the zip."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from indelible.assurance.package.facts import Facts
from indelible.assurance.qualification import results
from indelible.assurance.qualification.results import Evidence, Run

SUMS, READ_ME, INDEX, DELTA, CHECKER = "SHA256SUMS", "READ-ME.txt", "package.json", "delta.json", "check_package.py"
DOCUMENTS, EVIDENCE, RUNS = "documents", "evidence", "runs"
CHUNK = 1 << 20
PLAIN = 0o644 << 16


class Unsound(Exception):
    """What lies in the folder is not what the run says; nothing was written."""


def examine(facts: Facts, place: Path) -> list[str]:
    """Hold the evidence in a folder against the runs; give the runs whose evidence is not there, all but the one in question.

    Raises Unsound, naming each file, where evidence of the run in question is missing, or any was changed, or leads
    outside of the folder, or a run that lies there is another one than was given.
    """
    wrong, absent = [], []
    for run in facts.runs:
        file = place / RUNS / f"{run.id}.json"
        if file.exists() and results.read(file) != run:
            wrong.append(f"{RUNS}/{run.id}.json is another run than the one given")
        told = [_fault(place, one) for one in _evidence(run)]
        gone = [name for name, fault in told if fault == "missing"]
        wrong += [f"{name}: {fault}" for name, fault in told if fault and (fault != "missing" or run.id == facts.judged)]
        if gone and run.id != facts.judged:
            absent.append(run.id)
    if wrong:
        raise Unsound("; ".join(wrong[:20]) + (f"; and {len(wrong) - 20} more" if len(wrong) > 20 else ""))
    return absent


def _evidence(run: Run) -> Iterator[Evidence]:
    return (one for result in run.results for step in result.steps for one in step.evidence)


def _fault(place: Path, one: Evidence) -> tuple[str, str]:
    parts = Path(one.file).parts
    if Path(one.file).is_absolute() or ".." in parts or "\n" in one.file or "\\" in one.file:
        return one.file, "leads outside of the folder"
    file = place / one.file
    if not file.is_file():
        return one.file, "missing"
    return one.file, "" if digest(file) == one.sha256 else "was changed since it was kept"


def digest(file: Path) -> str:
    """Give the SHA-256 (hex) of a file."""
    total = hashlib.sha256()
    with file.open("rb") as content:
        while chunk := content.read(CHUNK):
            total.update(chunk)
    return total.hexdigest()


def keep_runs(facts: Facts, place: Path) -> None:
    """Write every run that does not lie there yet."""
    (place / RUNS).mkdir(parents=True, exist_ok=True)
    for run in facts.runs:
        if not (place / RUNS / f"{run.id}.json").exists():
            results.write(run, place / RUNS)


def close(place: Path, number: str, at: datetime) -> tuple[Path, str]:
    """Write sums and zip; gives the zip and the SHA-256 of the sums, by which the whole binder is named."""
    archive = place / f"{number}.zip"
    archive.unlink(missing_ok=True)
    (place / SUMS).unlink(missing_ok=True)
    files = sorted(path for path in place.rglob("*") if path.is_file())
    lines = [f"{digest(path)}  {path.relative_to(place).as_posix()}\n" for path in files]
    (place / SUMS).write_text("".join(lines), "utf-8")
    _zip(archive, place, [*files, place / SUMS], number, at)
    return archive, digest(place / SUMS)


def _zip(archive: Path, place: Path, files: list[Path], number: str, at: datetime) -> None:
    """Zip in the order of names, dated by the facts: the same files give the same bytes."""
    moment = (max(at.year, 1980), at.month, at.day, at.hour, at.minute, at.second)
    with zipfile.ZipFile(archive, "w") as made:
        for path in files:
            entry = zipfile.ZipInfo(f"{number}/{path.relative_to(place).as_posix()}", moment)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, PLAIN, 3
            with path.open("rb") as content, made.open(entry, "w") as out:
                while chunk := content.read(CHUNK):
                    out.write(chunk)


def read_me(facts: Facts) -> str:
    """Give the page that says how to check the binder without the product."""
    about = facts.about
    return f"""Validation package {about.number}
{about.company}: {about.system} {about.version}, {about.environment}
Build {about.build}, {about.build_sha256}
Configuration baseline {about.baseline}, {about.configuration_sha256}
{"" if facts.official else chr(10) + "TRIAL - does not count. See documents/" + about.number + "-CRT.pdf." + chr(10)}
What lies here
  documents/   each document as PDF (PDF/A-3a, its data inside) and as JSON
  runs/        every run with every result, step by step
  evidence/    what the steps asked and got: requests with responses, queries with rows, files
  package.json what this package is of, whether it may be approved, and digests of all results
  delta.json   what changed since the package before, where one was given
  {SUMS}   the SHA-256 of every file but itself and the zip

How to check it without the product

1. Every file is what it was:

     sha256sum -c --quiet {SUMS}

   This finds changed and missing files. It does not find files that were added.

2. Nothing was added, no result was edited, and five pieces of evidence, drawn by lot, say what the results say
   (Python 3.9 or later, nothing else; draw with a number of your own):

     python3 {CHECKER} . --seed 12345

   The same file is part of the product's sources, in verifier/. Take it from there if you do not trust this one.

3. The binder as a whole: the SHA-256 of {SUMS} names it. Compare it with the one that was signed or written down
   when the package was made:

     sha256sum {SUMS}
     python3 {CHECKER} . --sums <that SHA-256>

   Whoever can change every file here can change the sums too. Only a SHA-256 that is kept elsewhere tells.

4. A signature in ink stands for the SHA-256 of the document's JSON file; the page for it prints that in groups of eight.
"""

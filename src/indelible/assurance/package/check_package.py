"""Checks a validation package without the product: Python's standard library and this one file.

    python3 check_package.py FOLDER_OR_ZIP [--seed N] [--draw N] [--sums SHA256]

It holds every file against SHA256SUMS, finds files that were added, holds every result of every run against the digests in
package.json, and draws evidence by lot: of each item it computes again what the item itself allows (the hash of a
response's body, the leaf of a ledger event, the hash of a version's content) and looks whether the step's actual result
can be read in its evidence. Ends with 0 where all is sound, 1 where not (each fault named), 2 where nothing can be read.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

SUMS, INDEX = "SHA256SUMS", "package.json"
LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")
WITHHELD = "[withheld]"
WORD = re.compile(r"\w{3,}")
ROWS_KEPT = 2000  # an answer keeps no more of its rows
MACHINE = "machine on site"


class Unreadable(Exception):
    """What was given is no package."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Check a package as the command line says; give the exit code."""
    parser = argparse.ArgumentParser(description="Checks a validation package without the product.")
    parser.add_argument("package", type=Path, help="the folder of the package, or its zip")
    parser.add_argument("--seed", type=int, default=None, help="the number by which evidence is drawn; take one of your own")
    parser.add_argument("--draw", type=int, default=5, help="how many pieces of evidence are drawn (5)")
    parser.add_argument("--sums", default="", help="the SHA-256 of SHA256SUMS as it was signed or written down elsewhere")
    asked = parser.parse_args(arguments)
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(10**6)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            faults = check(opened(asked.package, Path(scratch)), seed, asked.draw, asked.sums)
    except (Unreadable, OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as problem:
        print(f"This cannot be read as a package: {type(problem).__name__}: {problem}")
        return 2
    for fault in faults:
        print(f"FAULT  {fault}")
    print(
        f"{len(faults)} faults: the package is NOT what it was."
        if faults
        else "Sound: nothing was changed, added or taken away."
    )
    return 1 if faults else 0


def opened(package: Path, scratch: Path) -> Path:
    """Give the folder of a package; a zip is unpacked first. Raises Unreadable."""
    if package.is_dir():
        folder = package
    elif package.is_file():
        with zipfile.ZipFile(package) as archive:
            archive.extractall(scratch)
        inside = [path for path in scratch.iterdir() if path.is_dir()]
        if len(inside) != 1:
            raise Unreadable(f"{package.name} holds {len(inside)} folders and not one package")
        folder = inside[0]
    else:
        raise Unreadable(f"{package} is neither a folder nor a file")
    if not (folder / SUMS).is_file():
        raise Unreadable(f"{folder} has no {SUMS}")
    return folder


def check(folder: Path, seed: int, draw: int, expected: str = "") -> list[str]:
    """Check a folder; give every fault as a sentence."""
    sums_sha256 = digest(folder / SUMS)
    print(f"{SUMS}: {sums_sha256}")
    faults = (
        [f"{SUMS} is not the one that was written down: {sums_sha256}"]
        if expected and expected.lower() != sums_sha256
        else []
    )
    listed, unreadable = sums(folder)
    faults += unreadable + files(folder, listed)
    if not (folder / INDEX).is_file():
        return [*faults, f"{INDEX}: missing"]
    index = json.loads((folder / INDEX).read_text("utf-8"))
    print(
        f"Package {index['number']} of {index['company']}: {'official' if index['official'] else 'TRIAL, does not count'}, "
        f"{'nothing speaks against approval' if index['approvable'] else str(len(index['reasons'])) + ' reasons speak against approval'}"
    )
    runs = {run: read_run(folder, run, faults) for run in sorted(index["runs"])}
    for run, data in runs.items():
        if data is not None:
            faults += results(index, run, data)
    faults += archived(folder, index["number"], listed)
    faults += drawn(
        folder, [data for data in runs.values() if data is not None], {index["run"], *index.get("beside", [])}, seed, draw
    )
    return faults


def sums(folder: Path) -> tuple[dict[str, str], list[str]]:
    """Give what SHA256SUMS lists, and faults for lines that are none."""
    listed, faults = {}, []
    for number, line in enumerate((folder / SUMS).read_text("utf-8").splitlines(), 1):
        found = LINE.fullmatch(line)
        if found is None or found[2] in listed or ".." in Path(found[2]).parts or Path(found[2]).is_absolute():
            faults.append(f"{SUMS}:{number}: not a sum, or one of a file that has one already")
        else:
            listed[found[2]] = found[1]
    return listed, faults


def files(folder: Path, listed: dict[str, str]) -> list[str]:
    """Hold every file against its sum; give changed, missing and added ones."""
    faults = []
    for name, expected in listed.items():
        path = folder / name
        if not path.is_file():
            faults.append(f"{name}: missing")
        elif digest(path) != expected:
            faults.append(f"{name}: changed")
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() or path.is_symlink()}
    archives = {name for name in there if "/" not in name and name.endswith(".zip")}
    faults += [f"{name}: added, it is in no sum" for name in sorted(there - set(listed) - {SUMS} - archives)]
    print(f"Files: {len(listed)} in {SUMS}, {len(there)} there")
    return faults


def archived(folder: Path, number: str, listed: dict[str, str]) -> list[str]:
    """Hold the zip beside the files against the same sums; another zip was added."""
    faults = []
    for path in sorted(folder.glob("*.zip")):
        if path.name != f"{number}.zip":
            faults.append(f"{path.name}: added, it is in no sum")
            continue
        with zipfile.ZipFile(path) as archive:
            inside = {name.partition("/")[2]: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}
        expected = {**listed, SUMS: digest(folder / SUMS)}
        wrong = sorted(name for name in {*inside, *expected} if inside.get(name) != expected.get(name))
        faults += [f"{path.name}: {name} is another than in the folder" for name in wrong]
    return faults


def read_run(folder: Path, run: str, faults: list[str]) -> Any:
    """Give a run's data; None, with a fault, where it is not there or no run."""
    path = folder / "runs" / f"{run}.json"
    if not path.is_file():
        faults.append(f"runs/{run}.json: missing")
        return None
    try:
        data = json.loads(path.read_text("utf-8"))
        data["results"], data["id"]
    except (ValueError, KeyError, TypeError) as problem:
        faults.append(f"runs/{run}.json: no run ({problem})")
        return None
    return data


def results(index: Any, run: str, data: Any) -> list[str]:
    """Hold the results of a run against the index: edited, missing and added rows; verdicts that their steps do not bear."""
    expected, seen, faults = index["runs"][run]["rows"], set(), []
    for one in data["results"]:
        key = f"{one['script']}[{one['case']}]" if one["case"] else one["script"]
        name = f"{key}#{one['attempt']}"
        if name in seen:
            faults.append(f"runs/{run}.json: {name} stands there twice")
        seen.add(name)
        if name not in expected:
            faults.append(f"runs/{run}.json: {name} was added")
        elif hashlib.sha256(canonical(one)).hexdigest() != expected[name]:
            faults.append(f"runs/{run}.json: the result {name} ({one['title']}) was edited")
        faults += [f"runs/{run}.json: {name}: {fault}" for fault in unborne(one)]
    faults += [f"runs/{run}.json: {name} was taken away" for name in sorted(set(expected) - seen)]
    if data["official"] != index["runs"][run]["official"]:
        faults.append(f"runs/{run}.json: official is {data['official']}, and the index says otherwise")
    return faults


def unborne(one: Any) -> Iterator[str]:
    """Give the verdicts of a result that its own steps contradict."""
    if one["verdict"] == "passed" and (not one["steps"] or any(step["verdict"] != "passed" for step in one["steps"])):
        yield "it passed, and not all of its steps did"
    if one["level"] != "IQ" and one["origin"] == MACHINE:
        for step in one["steps"]:
            if step["verdict"] == "passed" and step["actual"] != step["expected"]:
                yield f"step {step['number']} passed, and its actual result is not the expected one"


def drawn(folder: Path, runs: list[Any], counting: set[str], seed: int, count: int) -> list[str]:
    """Draw evidence of the runs that count by lot, of any run where none counts, and compute again what it allows; give faults."""
    found = [
        (run["id"], one, step, kept)
        for run in runs
        for one in run["results"]
        for step in one["steps"]
        for kept in step["evidence"]
    ]
    items = [item for item in found if item[0] in counting] or [
        item for item in found if (folder / item[3]["file"]).is_file()
    ]
    items.sort(key=lambda item: (item[0], item[3]["file"]))
    chosen = random.Random(seed).sample(items, min(count, len(items)))
    print(f"Drawn with seed {seed}: {len(chosen)} of {len(items)} pieces of evidence")
    faults = []
    for run, one, step, kept in chosen:
        wrong, done = recomputed(folder, step, kept)
        print(f"  {kept['file']} ({run}, {one['script']} step {step['number']}): {'; '.join(done) or 'nothing'}")
        faults += [f"{kept['file']}: {fault}" for fault in wrong]
    return faults


def recomputed(folder: Path, step: Any, kept: Any) -> tuple[list[str], list[str]]:
    """Compute again what one piece of evidence allows; give faults, and what was done."""
    path = folder / kept["file"]
    if not path.is_file():
        return ["missing"], []
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != kept["sha256"] or len(content) != kept["size"]:
        return ["it is not the file that the result names"], []
    wrong, done = [], ["file hash and size as the result says"]
    if path.suffix == ".json":
        data = json.loads(content.decode("utf-8"))
        for check_one in (of_exchange, of_rows, lambda told: of_item(told, step)):
            found, said = check_one(data) if isinstance(data, dict) else ([], [])
            wrong += found
            done += said
        done += read_again(folder, step)
    return wrong, done


def of_exchange(data: Any) -> tuple[list[str], list[str]]:
    """Compute the hash and size of a response's body again, where the body is there as it came."""
    if not ("request" in data and "response" in data):
        return [], []
    answer = data["response"]
    said = f"{data['request']['method']} {data['request']['path']} gave {answer['status']}"
    body = answer.get("body")
    if body is None or WITHHELD in body:
        return [], [f"{said}, body not kept as it came"]
    raw = body.encode("utf-8")
    if hashlib.sha256(raw).hexdigest() != answer["sha256"] or len(raw) != answer["size"]:
        return ["the body of the response is not the one whose hash stands beside it"], []
    return [], [f"{said}, body hash computed again"]


def of_rows(data: Any) -> tuple[list[str], list[str]]:
    """Compute the leaf of each ledger event, and the hash of each version, again from the rows of a query."""
    wrong, leaves, versions = [], 0, 0
    if "count" in data and isinstance(data.get("rows"), list) and len(data["rows"]) != min(data["count"], ROWS_KEPT):
        wrong.append(f"it counts {data['count']} rows and holds {len(data['rows'])}")
    for row in data.get("rows") or []:
        if not isinstance(row, dict) or any(isinstance(value, str) and WITHHELD in value for value in row.values()):
            continue
        if isinstance(row.get("payload"), str) and row.get("leaf"):
            leaves += 1
            if hashlib.sha256(b"\0" + row["payload"].encode("utf-8")).hexdigest() != row["leaf"]:
                wrong.append(f"the event at position {row.get('position', '?')} does not give its leaf")
        if isinstance(row.get("content"), str) and row.get("sha256"):
            versions += 1
            if hashlib.sha256(row["content"].encode("utf-8")).hexdigest() != row["sha256"]:
                wrong.append(f"version {row.get('number', '?')} does not give its hash")
    done = [f"{leaves} leaves of the ledger computed again"] if leaves else []
    return wrong, done + ([f"{versions} hashes of versions computed again"] if versions else [])


def of_item(data: Any, step: Any) -> tuple[list[str], list[str]]:
    """Hold what an installation check wrote down of an item against what the result says of it."""
    if not {"expected", "actual", "ok"} <= set(data) or WITHHELD in step["actual"]:
        return [], []
    wrong = [
        f"it says {name} {data[name]!r}, the result says {step[name]!r}"
        for name in ("expected", "actual")
        if data[name] != step[name]
    ]
    if (data["ok"] is True) != (step["verdict"] == "passed"):
        wrong.append(f"it says ok {data['ok']}, the result says {step['verdict']}")
    return wrong, ["specified, found and verdict as the item says"]


def read_again(folder: Path, step: Any) -> list[str]:
    """Say how much of the step's actual result can be read in the evidence of that step."""
    words = sorted(set(WORD.findall(step["actual"])))
    if not words:
        return []
    text = ""
    for kept in step["evidence"]:
        path = folder / kept["file"]
        if path.is_file() and path.suffix == ".json":
            text += path.read_text("utf-8", "replace")
    found = sum(word in text for word in words)
    return [f'{found} of {len(words)} words of the actual result "{step["actual"][:60]}" read in the step\'s evidence']


def canonical(value: Any) -> bytes:
    """Write plain data with its keys in order and no spaces."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


def digest(path: Path) -> str:
    """Give the SHA-256 (hex) of a file."""
    total = hashlib.sha256()
    with path.open("rb") as content:
        while chunk := content.read(1 << 20):
            total.update(chunk)
    return total.hexdigest()


if __name__ == "__main__":
    sys.exit(main())

"""OQ of the validation itself: what was run is traced from obligation to result, and nothing that is missing looks like coverage.

An examination of the copy (IQ alone, of which one check is made to fail) is run once; what it left is read beside the shipped
catalogue, whose YAML is read here as text.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from ruamel.yaml import YAML

HERE = Path(__file__).resolve().parent
CHECKS = {  # checks of the examination, and what each is made to give here
    "IQ-SYS-016": "passed",
    "IQ-LED-003": "passed",
    "IQ-SYS-008": "failed",
    "IQ-SYS-023": "skipped",  # for a person to look
}
CLASS = {"high": (2, 1, 1), "medium": (3, 2, 1), "low": (3, 3, 2)}  # by probability low, medium, high
PRIORITY = {
    1: ("high", "high", "medium"),
    2: ("high", "medium", "low"),
    3: ("medium", "low", "low"),
}  # detectability low, medium, high
GRADES = ("low", "medium", "high")
EXAMINED = {}


def yes(it):
    return "yes" if it else "no"


def requirements():
    """Give the shipped requirements by id, from their YAML."""
    read = YAML(typ="safe", pure=True).load
    found = [one for path in HERE.parent.rglob("requirements.yaml") for one in read(path)["requirements"]]
    return {one["id"]: one for one in found}


def obligations(draft=False):
    """Give the shipped obligations by id, from their YAML; those of the draft apart."""
    read = YAML(typ="safe", pure=True).load
    paths = [path for path in (HERE / "catalogue" / "obligations").glob("*.yaml") if path.stem.endswith("_draft") == draft]
    return [one for path in sorted(paths) for one in read(path).get("obligations" if not draft else "chapters", [])]


def priority(one):
    """Give the priority of a requirement from its worst risk, by the tables of GAMP."""
    found = ["low"]
    for risk in one["risks"]:
        graded = CLASS[risk["severity"]][GRADES.index(risk["probability"])]
        found.append(PRIORITY[graded][GRADES.index(risk["detectability"])])
    return max(found, key=GRADES.index)


def examined(site):
    """Examine the copy once, with the rights of one file loosened; gives what the command said and where it left the run."""
    if not EXAMINED:
        loose, output = Path(site.copy.home) / "home.json", Path(site.copy.home) / "qualification"
        shutil.rmtree(output, ignore_errors=True)
        mode = loose.stat().st_mode
        loose.chmod(0o666)
        try:
            ran = site.command("qualify", "--only", ",".join(CHECKS), "--output", str(output), "--json")
        finally:
            loose.chmod(mode)
        EXAMINED.update(told=ran.json, code=ran.code, output=output)
    return EXAMINED


def package(site):
    """Give the table of contents of the package that was written."""
    return json.loads((examined(site)["output"] / "package.json").read_text("utf-8"))


def tables(site, code, title):
    """Give the rows of all tables of a chapter of a document of the package, each with the names of its columns."""
    place = next(one["file"] for one in package(site)["documents"] if one["id"].endswith(f"-{code}"))
    told = json.loads((examined(site)["output"] / place).with_suffix(".json").read_text("utf-8"))
    found = []
    for chapter in told["chapters"]:
        if title in chapter["title"]:
            for block in chapter["blocks"]:
                found += [
                    dict(zip(block["columns"], row, strict=True))
                    for row in block.get("rows") or []
                    if block["kind"] == "table"
                ]
    return found


def run(site):
    """Give the run as it was written."""
    path = examined(site)["output"] / "runs" / f"{examined(site)['told']['run']}.json"
    return json.loads(path.read_text("utf-8"))


@pytest.mark.script(
    "OQ-VAL-013",
    title="Every requirement is traced to its obligations, risks, tests and results, and every script back to requirements",
    negative=True,
    requirements=("URS-VAL-002",),
)
def test_traced(steps, site):
    """The matrix is compared with the shipped catalogue; a script that names no requirement is an orphan and stands as one."""
    known = requirements()
    own = Path(site.copy.home) / "scripts" if site.copy.home else Path("scripts")

    @steps(
        "Examine the copy, and read the matrix",
        given="qualify --only",
        expected=f"{len(known)} requirements, otherwise than the catalogue: none",
    )
    def _():
        rows = {row["Requirement"]: row for row in tables(site, "RTM", "Forward")}
        other = [
            name
            for name, one in known.items()
            if name not in rows
            or {*rows[name]["Serves"].split(", ")} != {*one["clauses"]}
            or rows[name]["Class, priority"].partition(", ")[2] != priority(one)
        ]
        return f"{len(rows)} requirements, otherwise than the catalogue: {', '.join(other) or 'none'}"

    @steps(
        "Read the way back",
        given="each script with what it names and gave",
        expected="; ".join(f"{name} {verdict}" for name, verdict in sorted(CHECKS.items())),
    )
    def _():
        rows = {row["Script"]: row for row in tables(site, "RTM", "Backward")}
        return "; ".join(f"{name} {rows[name]['Verdict']}" for name in sorted(rows))

    @steps(
        "Open the page of a requirement",
        given="URS-LED-001, as a reader",
        expected="clauses, risk, control and test named: yes; verdict: passed",
    )
    def _():
        words, one = site.person("reader").get("/validation/requirements/URS-LED-001").words, known["URS-LED-001"]
        titles = [asked["title"] for asked in obligations() if asked["id"] in one["clauses"]]
        told = (*titles, one["risks"][0]["failure"], one["risks"][0]["control"])
        named = len(titles) == len(one["clauses"]) and all(text in words for text in told) and "IQ-LED-003" in words
        verdict = "passed" if "IQ-LED-003 Guards passed" in words else "none"
        return f"clauses, risk, control and test named: {yes(named)}; verdict: {verdict}"

    @steps(
        "Bring a script of the company that names no requirement, and plan", expected="orphans: OQ-OWN-901; in the plan: yes"
    )
    def _():
        own.mkdir(exist_ok=True)
        (own / "test_orphan.py").write_text(
            'import pytest\n\n@pytest.mark.script("OQ-OWN-901", title="Of nothing")\ndef test_it(steps):\n    """Look."""\n'
            '    @steps("Look", expected="seen")\n    def _():\n        return "seen"\n',
            "utf-8",
        )
        told = site.command("qualify", "--plan", "--only", "OQ-OWN-901", "--json").json
        shutil.rmtree(own)
        return f"orphans: {', '.join(told['orphans'])}; in the plan: {yes(any(one['script'] == 'OQ-OWN-901' for one in told['scripts']))}"

    @steps("Open the page of a requirement that there is not", expected="404")
    def _():
        return str(site.person("reader").get("/validation/requirements/URS-LED-999").status)


@pytest.mark.script(
    "OQ-VAL-014",
    title="A failed, missing, skipped or too thin test stands in the matrix as such and never as covered",
    negative=True,
    requirements=("URS-VAL-003", "URS-VAL-009"),
)
def test_gaps(steps, site):
    """Of four checks one fails, one is left to a person and one is too thin for its risk: none of these covers anything."""
    known = requirements()
    thin = "thinner than its risk" if priority(known["URS-LED-001"]) == "high" else "covered"
    expected = {
        "URS-SYS-010": "failed",  # its check failed
        "URS-LED-001": thin,  # high, and tested by a check that tries nothing that must be refused
        "URS-SYS-002": "no test",  # its check is left to a person, so no machine covers it
        "URS-SIG-001": "no test",  # nothing of it was run
        "URS-SYS-016": "covered",
    }

    @steps(
        "Examine the copy with one check that fails", expected="exit 0: no; failed: IQ-SYS-008; left to a person: IQ-SYS-023"
    )
    def _():
        told = examined(site)["told"]
        failed = ", ".join(one["script"] for one in told["failed"])
        return f"exit 0: {yes(examined(site)['code'] == 0)}; failed: {failed}; left to a person: {', '.join(one['script'] for one in told['manual'])}"

    @steps(
        "Read the states",
        given="matrix of the package",
        expected="; ".join(f"{name} {state}" for name, state in expected.items()),
    )
    def _():
        states = package(site)["states"]
        return "; ".join(f"{name} {states[name]}" for name in expected)

    @steps(
        "Look for a requirement of high priority that counts as covered without a scripted OQ with a negative step",
        given="matrix and plan of all scripts",
        expected="0",
    )
    def _():
        states = package(site)["states"]
        return str(sum(states[name] == "covered" for name, one in known.items() if priority(one) == "high"))

    @steps(
        "Read the states on the pages",
        given="as a reader, by state",
        expected="among the failed: URS-SYS-010 yes; covered: none",
    )
    def _():
        reader = site.person(
            "reader"
        )  # of what is covered here other scripts are left to run, and the pages count those too
        words = {one: reader.get("/validation/requirements", state=one).words for one in ("failed", "covered")}
        covered = [name for name in expected if name in words["covered"]]
        return (
            f"among the failed: URS-SYS-010 {yes('URS-SYS-010' in words['failed'])}; covered: {', '.join(covered) or 'none'}"
        )

    @steps(
        "Read whether the package can be approved",
        given="package and its reasons",
        expected="no; the failed one and the thin one are named: yes",
    )
    def _():
        told = package(site)
        about = {one["about"] for one in told["reasons"]}
        return f"{yes(told['approvable'])}; the failed one and the thin one are named: {yes({'URS-SYS-010', 'URS-LED-001'} <= about)}"

    @steps(
        "Count",
        given="requirements of the catalogue",
        expected=f"{len(known)}; covered and uncovered together: {len(known)}",
    )
    def _():
        counts = package(site)["counts"]["requirements"]
        return f"{counts['total']}; covered and uncovered together: {counts['covered'] + counts['uncovered'] + counts.get('excluded', 0)}"


@pytest.mark.script(
    "OQ-VAL-015",
    title="Every obligation stands in the matrix with a state, duties of the company as open, and the draft of Annex 11 apart",
    negative=True,
    requirements=("URS-VAL-005", "URS-VAL-011"),
)
def test_obligations(steps, site):
    """None is left out; what people must do is not green because a program runs; what is only a draft is counted nowhere."""
    known, duties = obligations(), [one["id"] for one in obligations() if one["kind"] != "technical"]
    future = obligations(draft=True)

    @steps("Read the matrix by obligation", expected=f"{len(known)} obligations, left out: none, without a state: none")
    def _():
        rows = {row["Obligation"]: row for row in tables(site, "RTM", "By obligation")}
        out = [one["id"] for one in known if one["id"] not in rows]
        bare = [name for name, row in rows.items() if not row["State"].strip()]
        return f"{len(rows)} obligations, left out: {', '.join(out) or 'none'}, without a state: {', '.join(bare) or 'none'}"

    @steps(
        "Look for a duty of people that counts as covered",
        given=f"{len(duties)} that are not technical alone",
        expected="covered: 0; some are open: yes",
    )
    def _():
        rows = {row["Obligation"]: row["State"] for row in tables(site, "RTM", "By obligation")}
        said = [rows[name].lower() for name in duties]
        return f"covered: {said.count('covered')}; some are open: {yes('open' in said)}"

    @steps(
        "Read what an open one says",
        given="evidence and why",
        expected="without the words customer's duty or project's part: none",
    )
    def _():
        rows = [row for row in tables(site, "RTM", "By obligation") if row["State"].lower() == "open"]
        mute = [row["Obligation"] for row in rows if not row["Evidence and why"].strip(" –")]
        return f"without the words customer's duty or project's part: {', '.join(mute) or 'none'}"

    @steps("Read the look-ahead", given="draft of Annex 11", expected=f"{len(future)} chapters; among the obligations: none")
    def _():
        rows = tables(site, "RTM", "Look-ahead")
        inside = [row["Obligation"] for row in tables(site, "RTM", "By obligation") if "draft" in row["Clause"].lower()]
        return f"{len(rows)} chapters; among the obligations: {', '.join(inside) or 'none'}"

    @steps(
        "Open the page of obligations",
        given="as a reader, and by a state",
        expected=f"{len(known)} named, none left out: yes; what is open says whose duty it is: yes",
    )
    def _():
        reader = site.person("reader")
        whole = f"{len(known)} obligations, none left out" in reader.get("/validation/obligations").words
        said = "customer's duty" in reader.get("/validation/obligations", state="open").words
        return f"{len(known)} named, none left out: {yes(whole)}; what is open says whose duty it is: {yes(said)}"


@pytest.mark.script(
    "OQ-VAL-016",
    title="The package lists its documents with their SHA-256, and one changed byte is found",
    negative=True,
    requirements=("URS-VAL-010",),
)
def test_the_package(steps, site, tmp_path):
    """Checked by sums that are computed here, by the checker that lies beside them, and after a byte was changed."""
    codes = ("VP", "URS", "FRA", "CS", "IQP", "OQP", "PQP", "IQR", "OQR", "PQR", "RTM", "VSR")

    def checked(place):
        command = [sys.executable, str(place / "check_package.py"), str(place)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    @steps("Compute the sums of the documents", expected=f"documents named: {', '.join(codes)}; other than listed: none")
    def _():
        told, output = package(site), examined(site)["output"]
        named = {one["id"].rpartition("-")[2]: one for one in told["documents"]}
        other = [
            one["id"]
            for one in told["documents"]
            if hashlib.sha256((output / one["file"]).read_bytes()).hexdigest() != one["sha256"]
        ]
        return f"documents named: {', '.join(one for one in codes if one in named)}; other than listed: {', '.join(other) or 'none'}"

    @steps("Unpack it, and compute the sums of all its files", given="SHA256SUMS", expected="other: none; not listed: none")
    def _():
        with zipfile.ZipFile(examined(site)["told"]["package"]) as packed:
            packed.extractall(tmp_path)
        place = tmp_path if (tmp_path / "SHA256SUMS").is_file() else next(tmp_path.glob("*/SHA256SUMS")).parent
        listed = {
            name: sha
            for sha, _, name in (line.partition("  ") for line in (place / "SHA256SUMS").read_text("utf-8").splitlines())
        }
        files = {
            path.relative_to(place).as_posix(): path
            for path in place.rglob("*")
            if path.is_file() and path.name != "SHA256SUMS"
        }
        other = [
            name
            for name, sha in listed.items()
            if name in files and hashlib.sha256(files[name].read_bytes()).hexdigest() != sha
        ]
        return f"other: {', '.join(other) or 'none'}; not listed: {', '.join(sorted({*files} - {*listed})[:5]) or 'none'}"

    @steps("Run the checker that lies in it", given="check_package.py", expected="exit 0")
    def _():
        place = next(tmp_path.rglob("SHA256SUMS")).parent
        return f"exit {checked(place).returncode}"

    @steps("Change one byte of the matrix, and run it again", expected="exit 0: no; the matrix named: yes")
    def _():
        place = next(tmp_path.rglob("SHA256SUMS")).parent
        path = next(place.rglob("*-RTM.pdf"))
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        ran = checked(place)
        return f"exit 0: {yes(ran.returncode == 0)}; the matrix named: {yes(path.name in ran.stdout + ran.stderr)}"

    @steps("Compare what the matrix says of the run with the run", expected="the same run, build and verdicts: yes")
    def _():
        rows = {row["Script"]: row["Verdict"] for row in tables(site, "RTM", "Backward")}
        told, done = package(site), run(site)
        same = (told["run"], told["build_sha256"]) == (done["id"], done["build_sha256"])
        return f"the same run, build and verdicts: {yes(same and rows == {one['script']: one['verdict'] for one in done['results']})}"

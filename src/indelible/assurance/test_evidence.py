"""OQ of evidence: expected results are fixed before a run, actual ones kept with it, and both hold for what they ran on alone."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from ruamel.yaml import YAML

HERE = Path(__file__).resolve().parent
CLASS = {"high": (2, 1, 1), "medium": (3, 2, 1), "low": (3, 3, 2)}  # by probability low, medium, high
PRIORITY = {
    1: ("high", "high", "medium"),
    2: ("high", "medium", "low"),
    3: ("medium", "low", "low"),
}  # detectability low, medium, high
GRADES = ("low", "medium", "high")
CHECK, NEED = "IQ-SYS-016", "URS-SYS-016"  # what this installation is: passes wherever it is made
OWN = """import pytest


@pytest.mark.script("OQ-OWN-902", title="Of a company", requirements=("URS-SIG-001",))
def test_it(steps):
    \"\"\"Look.\"\"\"

    @steps("Look", expected="EXPECTED")
    def _():
        return "seen"
"""


def yes(it):
    return "yes" if it else "no"


def planned(site, expected):
    """Plan a script of the company that expects something; gives the run of the command, and takes the script away."""
    own = Path(site.copy.home) / "scripts"
    own.mkdir(exist_ok=True)
    try:
        (own / "test_own.py").write_text(OWN.replace("EXPECTED", expected), "utf-8")
        return site.command("qualify", "--plan", "--only", "OQ-OWN-902", "--json")
    finally:
        shutil.rmtree(own)


def examined(site, output, home=""):
    """Let an installation be examined by one check; gives the run as it was written."""
    told = site.command("qualify", "--only", CHECK, "--output", str(output), "--json", home=home).json
    return json.loads((output / "runs" / f"{told['run']}.json").read_text("utf-8")) | {"told": told}


def states(site):
    """Say for the requirement of the check whether the pages list it as stale."""
    return f"stale: {yes(NEED in site.person('reader').get('/validation/requirements', state='stale').words)}"


def counted(run):
    """Say how many passed, and whether the run itself counts all of its requirements as covered."""
    found = run["told"]["requirements"]
    return f"passed: {run['told']['tests']['passed']}, covered: {yes(0 < found['covered'] == found['total'])}"


@pytest.mark.script(
    "OQ-VAL-017",
    title="Results count for the build and the configuration on which they ran, and are stale for any other",
    negative=True,
    requirements=("URS-VAL-004",),
)
def test_bound(steps, site, tmp_path):
    """A run of this copy stands; the run of an installation with another configuration, and one of another build, are stale."""
    made, place = {}, Path(site.copy.home) / "qualification"
    aside = tmp_path / "aside"

    def only(run):
        """Let one run be all that the installation has."""
        shutil.rmtree(place, ignore_errors=True)
        (place / "runs").mkdir(parents=True)
        (place / "runs" / f"{run['id']}.json").write_text(json.dumps({k: v for k, v in run.items() if k != "told"}), "utf-8")
        (place / "runs" / f"{run['id']}.plan.json").write_text("[]", "utf-8")

    @steps("Examine this copy, and read the pages", expected="passed: 1, covered: yes; stale: no")
    def _():
        if place.exists():
            shutil.move(place, aside)
        made["here"] = examined(site, tmp_path / "here")
        only(made["here"])
        return f"{counted(made['here'])}; {states(site)}"

    @steps(
        "Found another installation with one setting otherwise, and examine that",
        expected="passed: 1, covered: yes; the same build: yes; the same configuration: no",
    )
    def _():
        folder, home = tmp_path / "configuration", tmp_path / "other"
        shutil.copytree(site.copy.types, folder)
        text = (folder / "company.yaml").read_text("utf-8")
        (folder / "company.yaml").write_text(text.replace("name: ", "name: Another ", 1), "utf-8")
        site.command("init", "--configuration", str(folder), "--environment", "validation", "--json", home=str(home))
        made["there"] = examined(site, tmp_path / "there", str(home))
        same = {name: made["there"][name] == made["here"][name] for name in ("build_sha256", "configuration_sha256")}
        return (
            f"{counted(made['there'])}; the same build: {yes(same['build_sha256'])}; "
            f"the same configuration: {yes(same['configuration_sha256'])}"
        )

    @steps("Bring that run here, and read the pages", expected="stale: yes")
    def _():
        only(made["there"])
        return states(site)

    @steps("Bring the run of this copy as if it were of another build", given="64 f", expected="stale: yes")
    def _():
        only(made["here"] | {"id": "RUN-20990101T000000Z", "build_sha256": "f" * 64})
        return states(site)

    @steps("Bring the run of this copy again as it was", expected="stale: no")
    def _():
        only(made["here"])
        found = states(site)
        shutil.rmtree(place)
        if aside.exists():
            shutil.move(aside, place)
        return found


@pytest.mark.script(
    "OQ-VAL-018",
    title="Expected results are fixed before a script runs, and each step keeps its actual value with evidence",
    negative=True,
    requirements=("URS-VAL-008",),
)
def test_expected(steps, site, tmp_path):
    """The plan names them under a fingerprint that another word changes; a script without them is refused; evidence has its hash."""
    made = {}

    @steps(
        "Plan shipped scripts twice",
        given="OQ-CFG-001, OQ-RET-001",
        expected="2 scripts; steps without expected result: 0; the same fingerprints: yes",
    )
    def _():
        told = [
            site.command("qualify", "--plan", "--only", "OQ-CFG-001,OQ-RET-001", "--json").json["scripts"] for _ in range(2)
        ]
        bare = [step for one in told[0] for step in one["steps"] if not step["expected"].strip()]
        prints = [[one["fingerprint"] for one in each] for each in told]
        return f"{len(told[0])} scripts; steps without expected result: {len(bare)}; the same fingerprints: {yes(prints[0] == prints[1])}"

    @steps(
        "Plan a script of the company, then with one word more in what it expects",
        expected="seen, seen twice; the same fingerprint: no",
    )
    def _():
        told = [planned(site, one).json["scripts"][0] for one in ("seen", "seen twice")]
        words = ", ".join(one["steps"][0]["expected"] for one in told)
        return f"{words}; the same fingerprint: {yes(told[0]['fingerprint'] == told[1]['fingerprint'])}"

    @steps("Plan it with a step that expects nothing", expected="exit 0: no; scripts_are_sound: named")
    def _():
        ran = planned(site, "")
        named = "named" if "scripts_are_sound" in ran.output + ran.errors else "not named"
        return f"exit 0: {yes(ran.code == 0)}; scripts_are_sound: {named}"

    @steps("Examine the copy, and read each step", expected="steps without expected, actual, time or evidence: none")
    def _():
        made["run"] = examined(site, tmp_path / "kept")
        rows = [step for one in made["run"]["results"] for step in one["steps"]]
        bare = [
            row["action"]
            for row in rows
            if not all(row[name] for name in ("expected", "actual", "at", "evidence", "verdict"))
        ]
        return f"steps without expected, actual, time or evidence: {', '.join(bare) or ('none' if rows else 'no step')}"

    @steps("Compute the sums of the evidence", expected="other than written down: 0; files: some")
    def _():
        kept = [one for result in made["run"]["results"] for step in result["steps"] for one in step["evidence"]]
        other = [
            one["file"]
            for one in kept
            if hashlib.sha256((tmp_path / "kept" / one["file"]).read_bytes()).hexdigest() != one["sha256"]
        ]
        return f"other than written down: {len(other)}; files: {'some' if kept else 'none'}"


@pytest.mark.script(
    "OQ-VAL-019",
    title="Each functional risk is rated with a reason, and its class and priority follow from the tables",
    negative=True,
    requirements=("URS-VAL-007",),
)
def test_rated(steps, site, tmp_path):
    """The risk assessment of the package beside the shipped catalogue: none left out, none without reason, none graded otherwise."""
    read = YAML(typ="safe", pure=True).load
    risks = [
        risk
        for path in HERE.parent.rglob("requirements.yaml")
        for one in read(path)["requirements"]
        for risk in one["risks"]
    ]
    made = {}

    def graded(row):
        found = CLASS[row["Sev"]][GRADES.index(row["Prob"])]
        return str(found), PRIORITY[found][GRADES.index(row["Det"])]

    @steps("Write a package, and read its risk assessment", expected=f"{len(risks)} risks; of the catalogue missing: 0")
    def _():
        examined(site, tmp_path / "rated")
        told = json.loads(next((tmp_path / "rated" / "documents").glob("*-FRA.json")).read_text("utf-8"))
        blocks = [
            one for chapter in told["chapters"] for one in chapter["blocks"] if "Way to fail" in one.get("columns", ())
        ]
        made["rows"] = [dict(zip(one["columns"], row, strict=True)) for one in blocks for row in one["rows"]]
        there = {(row["Way to fail"], row["Sev"], row["Prob"], row["Det"]) for row in made["rows"]}
        asked = {(one["failure"], one["severity"], one["probability"], one["detectability"]) for one in risks}
        return f"{len(made['rows'])} risks; of the catalogue missing: {len(asked - there)}"

    @steps("Grade each anew by the tables of GAMP", expected="class or priority otherwise: 0")
    def _():
        return f"class or priority otherwise: {sum(graded(row) != (row['R'], row['P']) for row in made['rows'])}"

    @steps("Look for a rating without a reason, and for a grade that is none", expected="0 and 0")
    def _():
        bare = sum(len(row["Rated so because"].strip(" –")) < 5 for row in made["rows"])
        return f"{bare} and {sum(not {row['Sev'], row['Prob'], row['Det']} <= {*GRADES} for row in made['rows'])}"

    @steps(
        "Propose a recorded requirement whose priority is not that of its risk",
        given="a high risk called low",
        expected="409 priority_follows_from_its_risks; draft",
    )
    def _():
        author = site.person("validation")
        risk = {"failure": "It is lost", "cause": "No save", "effect": "A gap", "severity": "high", "probability": "high",
                "detectability": "low", "because": "Nobody sees it"}  # fmt: skip
        document = site.make("document", "validation", "in_approval", **{"class": "validation", "validation_kind": "requirements",
                             "system": [site.filling.of("gxp_system")], "owner": "q.validation"}).number  # fmt: skip
        values = site.filling.values("validation_requirement", "in_review", text="It shall keep results", area="OWN", impact=["data"],
                                     risks=[risk], priority="low", source="own", document=[document],
                                     system=[site.filling.of("gxp_system")])  # fmt: skip
        number = author.create("validation_requirement", **values).number
        return f"{author.act(number, 'propose').said}; {author.state(number)}"

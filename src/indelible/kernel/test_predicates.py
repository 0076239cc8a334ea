"""OQ of what asks for a record: a configuration with a regulated type that does not say which rule asks for it, and why, is unsound."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import pytest
from ruamel.yaml import YAML

TOLD = {"predicate": "The predicate rule", "rationale": "The rationale"}


@pytest.mark.script(
    "OQ-REC-029",
    title="A regulated type that does not say which rule asks for it, and why, is refused with its place",
    negative=True,
    requirements=("URS-REC-011",),
)
def test_a_type_without_its_rule(steps, site, database, reading):
    """Each regulated type in turn loses its rule and its reason; the check of the configuration names it, and what is in force stays."""
    regulated = sorted(kind for kind, declared in reading.types.items() if declared.get("gxp"))

    def checked(change):
        """Check the configuration in force with one file changed; gives what the command line says."""
        with tempfile.TemporaryDirectory(prefix="script-") as scratch:
            place = Path(scratch) / "configuration"
            shutil.copytree(site.copy.types, place)
            change(place / "types")
            return site.command("config", "check", str(place), "--json")

    def baselines():
        return database.value("SELECT count(*) AS n FROM baseline")

    @steps("Check the configuration as it is", expected="exit code 0; faults: 0")
    def _():
        ran = checked(lambda _: None)
        return f"exit code {ran.code}; faults: {len(ran.json.get('errors', ['none told']))}"

    for name, told in TOLD.items():

        @steps(
            f"Check it with no {name} in any regulated type",
            given=", ".join(regulated),
            expected="exit code 0: no; named with file and place: " + ", ".join(regulated) + "; new baselines: 0",
        )
        def _(name=name, told=told):
            before, of = baselines(), {}

            def blanked(types):
                written = YAML()
                for file in types.glob("*.yaml"):
                    declared = written.load(file)
                    of[file.name] = declared["type"]
                    if declared.get("gxp"):
                        declared["gxp"][name] = ""
                        written.dump(declared, file)

            ran = checked(blanked)
            faults = [one for one in ran.json.get("errors", []) if one["message"].startswith(told) and one["line"] > 0]
            named = sorted({of.get(Path(one["file"]).name, one["file"]) for one in faults})
            ok = "yes" if ran.code == 0 else "no"
            return f"exit code 0: {ok}; named with file and place: {', '.join(named)}; new baselines: {baselines() - before}"

    @steps("Look for regulated types without rule or reason in what runs", given="SQL", expected="none")
    def _():
        types = json.loads(database.value("SELECT content FROM baseline ORDER BY number DESC LIMIT 1"))["types"]
        found = [
            kind
            for kind, one in types.items()
            if one.get("gxp") and not (one["gxp"].get("predicate") and one["gxp"].get("rationale"))
        ]
        return ", ".join(sorted(found)) or "none"

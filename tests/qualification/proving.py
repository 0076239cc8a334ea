"""Proofs of the runner for tests: on a home of its own, in processes of its own, with faults of the test where it has some."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from indelible.assurance.qualification import faulting
from tests.faces.terminal import Terminal

REMARK = "# one that began with all components"
RED = """

@pytest.mark.script("OQ-RED-001", title="Red anyway", requirements=("URS-SIG-005",))
def test_red_anyway(steps):
    \"\"\"A script that never passes.\"\"\"

    @steps("Look", expected="green")
    def _():
        return "red"
"""


class RedScript:
    """A change of the product by which one of its scripts is red."""

    id = "RED"
    file = "kernel/test_signing.py"

    def patched(self, text: str) -> str:
        return text + RED


def entry(**changed: Any) -> dict[str, Any]:
    """Give a fault that is as it must be, but for what is changed; None takes a field away."""
    given = {
        "id": "FLT-SIG-900", "title": "A fault", "area": "signing", "file": "kernel/signatures.py",
        "find": "LIFETIME = timedelta(minutes=2)", "replace": "LIFETIME = timedelta(days=2)", "requirement": "URS-SIG-005",
    }  # fmt: skip
    return {name: value for name, value in (given | changed).items() if value is not None}


def written(place: Path, *entries: Any) -> Path:
    """Write faults as JSON, which is YAML too."""
    file = place / "faults.yaml"
    file.write_text(json.dumps({"faults": list(entries)}, indent=1), "utf-8")
    return file


def fault(**changed: Any) -> faulting.Fault:
    """Give a fault as it is read."""
    given: dict[str, Any] = entry(**changed)
    return faulting.Fault(**given | {"caught_by": tuple(given.get("caught_by", ()))})


def prove(home: Terminal, output: Path, file: Path, *ids: str) -> dict[str, Any]:
    """Seed faults of a file of the test's own; gives the record, or the refusal as `rule` and `missing`."""
    told = home.inside(
        "import json; from pathlib import Path; from django.conf import settings\n"
        "from indelible.kernel.errors import Refused; from indelible.project.qualifying import faults\n"
        "try:\n"
        f"    told = faults.prove(settings.HOME, Path({str(output)!r}), {list(ids)!r}, lambda _: None, Path({str(file)!r}))\n"
        "except Refused as refused:\n"
        "    told = {'rule': refused.rule, 'missing': [one.text for one in refused.missing]}\n"
        "print(json.dumps(told))"
    )
    found: dict[str, Any] = json.loads(told.splitlines()[-1])
    return found

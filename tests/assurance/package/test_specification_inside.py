"""The specification of what runs is part of the package: every key that matters in one row, every lifecycle drawn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from indelible.assurance.catalogue import loading
from indelible.assurance.package import configured, gathering
from indelible.assurance.package.writing import write_one
from indelible.assurance.specification import content, writing
from indelible.kernel import config
from tests.archival.reading import faults
from tests.assurance.package import made


@pytest.mark.usefixtures("home")
def test_the_running_configuration_stands_in_the_package(tmp_path: Path) -> None:
    told, given = content.gather(), made.small()
    rows = gathering.settings(told.keys, loading.load().requirements, given.plan, given.run)
    files = {name: make() for name, make in writing.files(told).items()}
    facts = replace(given, settings=rows, specification=files)

    # What a type declares is a few rows: thousands in one table would take a typesetter all memory.
    assert len(rows) < 32 * len(config.current().types)
    document = configured.document(facts)
    written = write_one(facts, document, tmp_path)

    said = str(document.chapters)
    running = config.current()
    assert {one.path for one in told.keys if not one.path.startswith("types.")} < {one.key for one in rows}
    idle = next(one for one in rows if one.key == "policies.idle_minutes")
    assert (idle.running, idle.range, idle.gxp) == (str(running.policies.idle_minutes), "5 to 30", True)
    assert idle.requirements
    assert len(document.drawings) == len(running.types)
    assert "documents/configuration-specification/configuration-specification.pdf" in said
    assert faults((tmp_path / f"{written.id}.pdf").read_bytes()) == []
    assert written.pages > len(running.types)

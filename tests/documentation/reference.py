"""All reference pages that are made from the source, and where they stand. Django must be set up."""

from __future__ import annotations

import tempfile
from pathlib import Path

from indelible.assurance.configuration import folder
from indelible.kernel.configuration import Configuration
from indelible.project import installing
from tests.architecture.source import ROOT, relative
from tests.documentation import catalogue, commands, grammar, guide, interface, refusals, shipped

PLACE = ROOT / "docs" / "reference"


def pages() -> dict[Path, str]:
    """Give the text of every page that is made from the source."""
    configuration = _shipped()
    found = {
        "command-line.md": commands.reference(),
        "api.md": interface.reference(),
        "declarations.md": grammar.reference(),
        "meanings.md": shipped.meanings(configuration),
        "roles.md": shipped.roles(configuration),
        "obligations.md": catalogue.obligations(),
        "guide.md": guide.reference(),
        "requirements.md": catalogue.requirements(),
        "rules.md": refusals.reference(configuration),
        **{f"types/{name}.md": shipped.type_page(declared) for name, declared in configuration.types.items()},
    }
    return {PLACE / name: text for name, text in found.items()}


def written() -> dict[Path, str]:
    """Give the pages that lie there, without the one that is written by hand."""
    by_hand = PLACE / "environment.md"
    return {path: path.read_text(encoding="utf-8") for path in PLACE.rglob("*.md") if path != by_hand}


def write() -> list[str]:
    """Write what has changed, take away what is no more, and name both."""
    made, there = pages(), written()
    for path in set(there) - set(made):
        path.unlink()
    changed = [path for path, text in made.items() if there.get(path) != text]
    for path in changed:
        path.parent.mkdir(exist_ok=True)
        path.write_text(made[path], encoding="utf-8")
    return sorted(relative(path) for path in {*changed, *(set(there) - set(made))})


def _shipped() -> Configuration:
    with tempfile.TemporaryDirectory() as place:
        folder.assemble(Path(place))
        return installing.read_configuration(Path(place))

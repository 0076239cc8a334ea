"""Two configurations compared key by key: what was added, changed or removed, before and after.

Fields go by their everlasting id (`types.change.fields.41.label`), whatever their place in the file; what stands on one side
only is one difference with all that it holds. The result depends on the values alone, never on the order of files or keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from indelible.kernel.configuration import Configuration

ID = "id"


@dataclass(frozen=True, slots=True)
class Difference:
    """One key whose value differs; None on the side where it is absent."""

    key: str
    before: Any
    after: Any

    @property
    def how(self) -> Literal["added", "changed", "removed"]:
        """Say what happened to the key."""
        return "added" if self.before is None else "removed" if self.after is None else "changed"

    @property
    def steps(self) -> list[str]:
        """Give the key in steps."""
        return self.key.split(".")


def differences(old: Configuration, new: Configuration) -> list[Difference]:
    """Give every key in which two configurations differ, in the order of their names."""
    if old.sha256 == new.sha256:
        return []
    found = _compared("", old.model_dump(mode="json"), new.model_dump(mode="json"))
    return sorted(found, key=lambda one: [(len(step), step) if step.isdigit() else (0, step) for step in one.steps])


def _compared(key: str, old: Any, new: Any) -> Iterator[Difference]:
    if old == new:
        return
    before, after = _named(old), _named(new)
    if before is None or after is None:
        yield Difference(key, old, new)
        return
    for name in {*before, *after}:
        yield from _compared(f"{key}.{name}" if key else name, before.get(name), after.get(name))


def _named(value: Any) -> dict[str, Any] | None:
    """Give a value's parts by name; None for what is compared as a whole."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, list) and value and all(isinstance(one, Mapping) and ID in one for one in value):
        return {str(one[ID]): one for one in value}
    return None

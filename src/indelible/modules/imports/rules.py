"""When what was brought in may be called complete and unchanged."""

from __future__ import annotations

from indelible.kernel.case import Case
from indelible.kernel.rules import rule


@rule("files_are_as_brought")
def files_are_as_brought(case: Case) -> str | None:
    """Every file that was kept has the bytes that were brought."""
    differing = case.value("differences")
    return (
        f"{differing} files differ from those that were brought; see the report." if differing not in (None, "0") else None
    )

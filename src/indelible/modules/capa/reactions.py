"""What follows for CAPAs: extensions that were granted, and a new draft where one did not work."""

from __future__ import annotations

from collections.abc import Iterator

from indelible.kernel.case import Case
from indelible.kernel.decision import Decision
from indelible.kernel.hooks import Reply, completes, follows
from indelible.practice import extensions

for _act in ("capa.grant_extension", "capa.grant_further_extension"):
    completes(_act)(extensions.grant_what_was_asked)


@follows("capa.ineffective")
def cause_is_sought_again(case: Case, decision: Decision) -> Iterator[Reply]:
    """A CAPA that did not work is closed together with the draft of the next one, whose cause is still to be found."""
    if decision.state == case.head.state:
        return  # one signature of two
    owner, department = str(case.head.owner_id), case.value("department")
    fields = {"title": case.value("title"), "sources": [case.head.number], "problem": case.value("problem"),
              "kind": case.value("kind"), "owner": owner, "department": department}  # fmt: skip
    yield Reply("capa.create", None, {"fields": fields}, reason=f"{case.head.number} was not effective")

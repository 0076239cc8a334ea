"""The only place that checks what stands beside a record's events: answered requests (D17) and restrictions (D32)."""

from __future__ import annotations

from typing import Any

from indelible.assurance.rereading.chain import Chain
from indelible.assurance.rereading.report import Findings, quoted, spoken
from indelible.assurance.rereading.rows import Data
from indelible.kernel.context import NOBODY
from indelible.kernel.models import Restriction


class Requests:
    """The answered requests of one record: an event that answered one names it, and the row says the same."""

    def __init__(self, findings: Findings, given: list[Data]) -> None:
        self._findings = findings
        self._rows: dict[Any, list[Data]] = {}
        for row in given:
            self._rows.setdefault(row["position"], []).append(row)

    def event(self, chain: Chain, position: Any, data: Data) -> None:
        """Compare the request that an event names with its row; raises what damaged text brings about (rows.MALFORMED)."""
        asked = data.get("key")
        if asked is None:
            return
        rows = self._rows.get(position)
        if not rows:
            text = f"the request {quoted(asked['key'])} that it answered is missing"
            chain.say("request_missing", "request", text, "key", asked["key"])
            return
        row = rows.pop(0)
        told = {"person_id": data["by"].get("person", str(NOBODY)), "key": asked["key"], "body": asked["body"]}
        for column, value in told.items():
            if row[column] != value:
                stands = f"{quoted(row[column])} in the row, {quoted(value)} in what was written"
                text = f"{spoken(column)} of its request is {stands}"
                chain.say("column_differs", "request", text, column, value, row[column])

    def close(self, chain: Chain) -> None:
        """Say which rows no event answered."""
        for row in (row for rows in self._rows.values() for row in rows):
            self._findings.add(
                "request_extra", "request",
                f"{chain.name}: request {quoted(row['key'])} names position {row['position']}, which says nothing of it.",
                record=chain.number, field="key", new=row["key"], position=row["position"],
            )  # fmt: skip


def restrictions(findings: Findings, chain: Chain, given: list[Data]) -> None:
    """Compare the restrictions of one record with those that its events' effects ordered."""
    stated = {(row["version"], row["position"]) for row in chain.shadow.rows.get(Restriction, [])}
    stored = {(row["version"], row["position"]) for row in given}
    for version, position in sorted(stored - stated, key=str):
        findings.add(
            "restriction_extra", "restriction",
            f"{chain.name}: version {version} is restricted, but no event restricted it.",
            record=chain.number, field="version", new=version, position=position,
        )  # fmt: skip
    for version, position in sorted(stated - stored, key=str):
        findings.add(
            "restriction_missing", "restriction",
            f"{chain.name}, position {position}: version {version} was restricted, but the restriction is missing.",
            record=chain.number, field="version", old=version, position=position,
        )  # fmt: skip

"""Plays the attacker for the demonstration: alters one row behind the product's back, as a database owner could.

It lifts the guard, changes the printed name on a signature, and puts the guard back, so that nothing in the tables
shows it. `indelible verify` then names the record, the field, and both names.
"""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from indelible.infra import database, guards
from indelible.kernel.errors import Refused
from indelible.kernel.models import Record, Signature

FORGED = "Alex Forger"


def tamper() -> dict[str, Any]:
    """Alter a row and say which; raises Refused in a home that is not a simulated one."""
    installation = Record.objects.get(type="installation")
    if not installation.content.get("1"):
        raise Refused(rule="installation_is_simulated", text="Only a demonstration home is tampered with on purpose.")
    signature = Signature.objects.filter(meaning="quality_approved").order_by("id")[3]
    record = Record.objects.get(pk=signature.record_id)
    with database.owner(), transaction.atomic(), connection.cursor() as cursor:
        for statement in _lift(connection.vendor):
            cursor.execute(statement)
        cursor.execute("UPDATE signature SET printed_name = %s WHERE id = %s", [FORGED, signature.pk])
        guards.install()
    return {"table": "signature", "record": record.number, "position": signature.position, "field": "printed_name",
            "old": signature.printed_name, "new": FORGED}  # fmt: skip


def _lift(vendor: str) -> list[str]:
    if vendor == "postgresql":
        return ["DROP TRIGGER signature_guard ON signature"]
    return ["DROP TRIGGER signature_guard_update"]

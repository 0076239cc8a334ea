"""The only place that says what a request hands over: each record and file as it is now, with its version and its hash."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q

from indelible.kernel.models import Record

Row = dict[str, str]


def rows(values: Mapping[str, Any]) -> list[Row]:
    """Give what the content of a request names, in its order: records as they stand now, then files."""
    records = [_record(one) for one in named(item["number"] for item in values.get("records") or [])]
    return records + [_file(item) for item in values.get("files") or []]


def named(numbers: Iterable[str]) -> list[Record]:
    """Give the records of numbers in their order; a series means its revision in force, else its newest one."""
    asked = list(numbers)
    found = list(Record.objects.filter(Q(number__in=asked) | Q(series__in=asked)).order_by("-revision"))
    chosen = []
    for number in asked:
        mine = [one for one in found if number in (one.number, one.series)]
        exact = next((one for one in mine if one.number == number or one.standing == "in_force"), None)
        chosen += [exact or mine[0]] if mine else []
    return chosen


def _record(record: Record) -> Row:
    return {"what": record.number, "title": record.title[:200], "version": str(record.version),
            "sha256": bytes(record.version_sha256).hex()}  # fmt: skip


def _file(item: Mapping[str, Any]) -> Row:
    return {"what": item["name"], "title": "File", "version": "", "sha256": item["sha256"]}

"""The only place that asks the rows of a table as questions: one set of buttons for each, as a person answers a quiz."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from indelible.kernel.models import Record
from indelible.practice import filling
from indelible.practice.filling import Question

Context = dict[str, Any]


def put(record: Record, fieldsets: list[Context], values: Mapping[str, Any]) -> None:
    """Put questions in the place of the tables of a form that are asked so; what is sent is read as rows like any table."""
    asked = filling.asked(record)
    for part in fieldsets:
        part["fields"] = [
            _questions(one, asked[one["name"]], values) if one["name"] in asked else one for one in part["fields"]
        ]


def _questions(field: Context, asked: Any, values: Mapping[str, Any]) -> Context:
    rows = [row for row in values.get(field["name"]) or [] if isinstance(row, dict)]
    shown = [_question(field["name"], at, question, rows) for at, question in enumerate(asked)]
    return field | {"kind": "questions", "questions": shown}


def _question(name: str, at: int, question: Question, rows: list[dict[str, Any]]) -> Context:
    mine = next((row for row in rows if all(str(row.get(key)) == value for key, value in question.row.items())), {})
    url = (
        f"{reverse('record', args=[question.number])}{f'#{question.place}' if question.place else ''}"
        if question.number
        else ""
    )
    return {
        "text": question.text, "name": f"{name}.{at}.{question.column}",
        "hidden": [{"name": f"{name}.{at}.{key}", "value": value} for key, value in question.row.items()],
        "options": [
            {"value": value, "label": label, "checked": str(mine.get(question.column) or "") == value} for value, label in question.options
        ],
        "told": question.told, "url": url, "number": question.number,
    }  # fmt: skip

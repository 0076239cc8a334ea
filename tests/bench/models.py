"""The neighbours' tables: one shape, kept plainly, with django-simple-history, and with an audit row by hand."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from simple_history.models import HistoricalRecords


class Shape(models.Model):
    """One row as applications have it: some columns, a text of about 500 characters, a JSON value."""

    number = models.CharField(max_length=40)
    title = models.CharField(max_length=300)
    state = models.CharField(max_length=20)
    kind = models.CharField(max_length=20)
    owner_number = models.IntegerField()
    due = models.DateField()
    body = models.TextField()
    custom = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class Plain(Shape):
    """No history at all: what Django does by itself. The bare driver changes this table too."""

    class Meta:
        db_table = "bench_plain"


class Simple(Shape):
    """A full copy of each state, with user and reason, by django-simple-history."""

    history: ClassVar[HistoricalRecords] = HistoricalRecords(table_name="bench_simple_history")

    class Meta:
        db_table = "bench_simple"


class BareAudit(models.Model):
    """The row that a hand-written audit trail adds: who, when, which field, old, new, why."""

    record = models.BigIntegerField(db_index=True)
    at = models.DateTimeField()
    person = models.CharField(max_length=40)
    field = models.CharField(max_length=40)
    old = models.TextField()
    new = models.TextField()
    why = models.TextField()

    class Meta:
        db_table = "bench_audit"


def manager(model: Any) -> Any:
    """Give a model's manager; the neighbours' models get theirs from Django's metaclass."""
    return model.objects

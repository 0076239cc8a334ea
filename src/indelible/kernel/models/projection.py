"""Projections: what the pages and rules read quickly. Every row can be rebuilt from the truth and is compared with it.

They change only together with the event that says so: `kernel.projections` turns an event's effects into rows.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Record(models.Model):
    """The head of a record: the row that is locked, and its present state."""

    table_kind: ClassVar[str] = "projection"

    id = models.UUIDField(primary_key=True)
    type = models.CharField(max_length=40)
    number = models.CharField(max_length=60, unique=True)
    series = models.CharField(max_length=60, null=True)
    revision = models.PositiveIntegerField(null=True)
    standing = models.CharField(max_length=10, null=True)
    state = models.CharField(max_length=40)
    position = models.PositiveIntegerField()
    leaf = models.BinaryField(max_length=32)
    version = models.PositiveIntegerField()
    version_sha256 = models.BinaryField(max_length=32)
    baseline = models.CharField(max_length=64)
    title = models.TextField()
    author_id = models.UUIDField(null=True)
    owner_id = models.UUIDField(null=True)
    department = models.CharField(max_length=60, null=True)
    due_at = models.DateTimeField(null=True)
    in_force_from = models.DateTimeField(null=True)
    in_force_until = models.DateTimeField(null=True)
    round = models.PositiveIntegerField(default=1)
    signed = models.JSONField(default=dict)
    content = models.JSONField(default=dict)
    marks = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    mended = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "record"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["series"], condition=Q(standing="in_force"), name="record_one_in_force"),
            models.UniqueConstraint(fields=["series"], condition=Q(standing="in_work"), name="record_one_in_work"),
            models.UniqueConstraint(fields=["series", "revision"], name="record_revision_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "type", "due_at", "id"], name="record_by_state"),
            models.Index(fields=["type", "number"], name="record_by_number"),
        ]


class Link(models.Model):
    """One link between two records: by a field of the content, or context added by a person."""

    table_kind: ClassVar[str] = "projection"

    record_id = models.UUIDField()
    target = models.CharField(max_length=60)
    relation = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        db_table = "link"
        constraints: ClassVar = [models.UniqueConstraint(fields=["record_id", "target", "relation"], name="link_once")]
        indexes: ClassVar = [models.Index(fields=["target"], name="link_by_target")]


class Party(models.Model):
    """Who stands in which relation to a record (author, owner, named in a person field): for rights and lists."""

    table_kind: ClassVar[str] = "projection"

    record_id = models.UUIDField()
    capacity = models.CharField(max_length=40)
    person_id = models.UUIDField()

    class Meta:
        db_table = "party"
        constraints: ClassVar = [models.UniqueConstraint(fields=["record_id", "capacity", "person_id"], name="party_once")]
        indexes: ClassVar = [models.Index(fields=["person_id", "capacity"], name="party_by_person")]


class Task(models.Model):
    """One open piece of work: for a person, or for whoever holds a role (in a scope)."""

    table_kind: ClassVar[str] = "projection"

    id = models.UUIDField(primary_key=True)
    record_id = models.UUIDField()
    move = models.CharField(max_length=40)
    meaning = models.CharField(max_length=40, null=True)
    capacity = models.CharField(max_length=40)
    person_id = models.UUIDField(null=True)
    scope = models.CharField(max_length=60, null=True)
    due_at = models.DateTimeField(null=True)
    from_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    note = models.TextField(default="")

    class Meta:
        db_table = "task"
        indexes: ClassVar = [
            models.Index(fields=["person_id", "due_at"], name="task_by_person"),
            models.Index(fields=["capacity", "due_at"], name="task_by_capacity"),
            models.Index(fields=["record_id"], name="task_by_record"),
        ]


class Timer(models.Model):
    """One move that the system makes at its time (D15)."""

    table_kind: ClassVar[str] = "projection"

    record_id = models.UUIDField()
    move = models.CharField(max_length=40)
    due_at = models.DateTimeField()

    class Meta:
        db_table = "timer"
        constraints: ClassVar = [models.UniqueConstraint(fields=["record_id", "move"], name="timer_once")]
        indexes: ClassVar = [models.Index(fields=["due_at"], name="timer_by_time")]


class AccessGrant(models.Model):
    """One role held by one person from a moment until another, in a scope, as its grant says (11.10(g)); one that slept has several."""

    table_kind: ClassVar[str] = "projection"

    record_id = models.UUIDField()
    person_id = models.UUIDField()
    role = models.CharField(max_length=40)
    scope = models.CharField(max_length=60, null=True)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    granted_by = models.UUIDField(null=True)
    reason = models.TextField()

    class Meta:
        db_table = "access_grant"
        constraints: ClassVar = [models.UniqueConstraint(fields=["record_id", "from_at"], name="access_grant_once")]
        indexes: ClassVar = [models.Index(fields=["person_id", "role"], name="access_grant_by_person")]


class Numbering(models.Model):
    """The last serial given under a prefix; taken last in an act, so that no number is ever lost."""

    table_kind: ClassVar[str] = "projection"

    prefix = models.CharField(max_length=20, primary_key=True)
    last = models.PositiveIntegerField()

    class Meta:
        db_table = "numbering"

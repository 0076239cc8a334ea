"""Append-only truth. Rows are inserted by `kernel.ledger` and never changed; the database itself refuses to.

Columns beside the canonical text are index copies, which `indelible verify` compares with the text.
There are no foreign keys between truth tables: verification checks every reference, and a row must be
insertable in one statement together with what it refers to.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Version(models.Model):
    """One sealed state of a record's content, as canonical JSON: exactly the bytes that were hashed."""

    table_kind: ClassVar[str] = "truth"

    record_id = models.UUIDField()
    number = models.PositiveIntegerField()
    content = models.TextField()
    sha256 = models.BinaryField(max_length=32)

    class Meta:
        db_table = "version"
        constraints: ClassVar = [models.UniqueConstraint(fields=["record_id", "number"], name="version_once")]


class Event(models.Model):
    """One thing that happened to one record, with its effects; `leaf` links it to the record's previous event."""

    table_kind: ClassVar[str] = "truth"

    record_id = models.UUIDField()
    position = models.PositiveIntegerField()
    at = models.DateTimeField()
    person_id = models.UUIDField(null=True)
    payload = models.TextField()
    leaf = models.BinaryField(max_length=32)

    class Meta:
        db_table = "event"
        constraints: ClassVar = [models.UniqueConstraint(fields=["record_id", "position"], name="event_once")]
        indexes: ClassVar = [
            models.Index(fields=["person_id", "at", "id"], name="event_by_person"),
            models.Index(fields=["at", "id"], name="event_by_time"),
        ]


class Signature(models.Model):
    """One electronic signature: `manifest` holds the statement that was shown, the signer, time, zone and components."""

    table_kind: ClassVar[str] = "truth"

    record_id = models.UUIDField()
    position = models.PositiveIntegerField()
    version = models.PositiveIntegerField()
    person_id = models.UUIDField()
    printed_name = models.TextField()
    meaning = models.CharField(max_length=40)
    at = models.DateTimeField()
    manifest = models.TextField()

    class Meta:
        db_table = "signature"
        constraints: ClassVar = [models.UniqueConstraint(fields=["record_id", "position"], name="signature_once")]
        indexes: ClassVar = [models.Index(fields=["person_id", "at"], name="signature_by_person")]


class Refusal(models.Model):
    """One refused attempt: who, which act, which rule. Never the inputs."""

    table_kind: ClassVar[str] = "truth"

    at = models.DateTimeField()
    person_id = models.UUIDField(null=True)
    payload = models.TextField()
    leaf = models.BinaryField(max_length=32)

    class Meta:
        db_table = "refusal"
        indexes: ClassVar = [models.Index(fields=["at", "id"], name="refusal_by_time")]


class Blob(models.Model):
    """One file's content, named by its SHA-256; its bytes lie in the content-addressed store."""

    table_kind: ClassVar[str] = "truth"

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        db_table = "blob"


class Baseline(models.Model):
    """One applied configuration as canonical JSON; `number` counts from 1. One that was left can come into force again."""

    table_kind: ClassVar[str] = "truth"

    number = models.PositiveIntegerField(primary_key=True)
    content = models.TextField()
    sha256 = models.BinaryField(max_length=32)
    at = models.DateTimeField()

    class Meta:
        db_table = "baseline"
        indexes: ClassVar = [models.Index(fields=["sha256"], name="baseline_by_hash")]


class Request(models.Model):
    """One answered request (D17): the same person and key never act twice."""

    table_kind: ClassVar[str] = "truth"

    person_id = models.UUIDField()
    key = models.CharField(max_length=100)
    body = models.BinaryField(max_length=32)
    record_id = models.UUIDField()
    position = models.PositiveIntegerField()

    class Meta:
        db_table = "request"
        constraints: ClassVar = [models.UniqueConstraint(fields=["person_id", "key"], name="request_once")]


class Restriction(models.Model):
    """Content withheld by two people (D32): inserting a row makes the database blank that version's text."""

    table_kind: ClassVar[str] = "truth"

    record_id = models.UUIDField()
    version = models.PositiveIntegerField()
    position = models.PositiveIntegerField()

    class Meta:
        db_table = "restriction"
        constraints: ClassVar = [models.UniqueConstraint(fields=["record_id", "version"], name="restriction_once")]


class LogPosition(models.Model):
    """The global order (D18): every event and refusal once, without gap, in the order of integration."""

    table_kind: ClassVar[str] = "truth"

    seq = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=1)
    ref = models.BigIntegerField()

    class Meta:
        db_table = "log_position"
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "ref"], name="log_position_once")]

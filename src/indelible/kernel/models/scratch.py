"""Scratch: credentials, sessions, drafts, queues. Needed to work, never evidence; the ledger does not rest on it."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class AccountManager(BaseUserManager["Account"]):
    """Finds accounts by their normalised user id; accounts are made by `practice.accounts` alone."""

    def get_by_natural_key(self, username: str | None) -> Account:
        """Find an account whatever the capitals in which its user id was typed."""
        return self.get(user_id=(username or "").strip().casefold())


class Account(AbstractBaseUser):
    """Credentials of one person and nothing else (D9); names, roles and history are records of the ledger."""

    table_kind: ClassVar[str] = "scratch"
    USERNAME_FIELD: ClassVar[str] = "user_id"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    user_id = models.CharField(max_length=64, unique=True)
    person_id = models.UUIDField(unique=True)
    is_active = models.BooleanField(default=True)
    link_sha256 = models.BinaryField(max_length=32, null=True)
    link_until = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)

    objects: ClassVar[AccountManager] = AccountManager()

    class Meta:
        db_table = "account"


class Presence(models.Model):
    """Proof that a person gave all components for exactly one statement; used once, within two minutes (D8)."""

    table_kind: ClassVar[str] = "scratch"

    id = models.UUIDField(primary_key=True)
    person_id = models.UUIDField()
    session = models.CharField(max_length=64)
    statement = models.CharField(max_length=64)
    method = models.CharField(max_length=40)
    components = models.JSONField(default=list)
    until = models.DateTimeField()

    class Meta:
        db_table = "presence"


class Pending(models.Model):
    """What the sequencer has not integrated yet; filled by a trigger, so it cannot be forgotten."""

    table_kind: ClassVar[str] = "scratch"

    kind = models.CharField(max_length=1)
    ref = models.BigIntegerField()

    class Meta:
        db_table = "pending"


class Outbox(models.Model):
    """A reaction that follows an event later, once (D5): idempotent by event and name."""

    table_kind: ClassVar[str] = "scratch"

    record_id = models.UUIDField()
    position = models.PositiveIntegerField()
    reaction = models.CharField(max_length=80)
    done_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    note = models.TextField(default="")

    class Meta:
        db_table = "outbox"
        constraints: ClassVar = [models.UniqueConstraint(fields=["record_id", "position", "reaction"], name="outbox_once")]

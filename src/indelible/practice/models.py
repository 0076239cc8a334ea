"""Scratch of the people around the records: drafts, uploads, looks, tokens, the index of the search. Never evidence."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from indelible.kernel.models import Record


class Draft(models.Model):
    """Text that somebody is typing, kept for its owner only."""

    table_kind: ClassVar[str] = "scratch"

    person_id = models.UUIDField()
    form = models.CharField(max_length=200)
    data = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        db_table = "draft"
        constraints: ClassVar = [models.UniqueConstraint(fields=["person_id", "form"], name="draft_once")]


class Upload(models.Model):
    """A file that a person has brought and that no record names yet."""

    table_kind: ClassVar[str] = "scratch"

    id = models.UUIDField(primary_key=True)
    person_id = models.UUIDField()
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    name = models.TextField()
    media_type = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        db_table = "upload"
        indexes: ClassVar = [models.Index(fields=["person_id", "sha256"], name="upload_by_person")]


class Look(models.Model):
    """That a person has looked at a version of a record, which sections of it they ticked as viewed, and how far they have read:
    the chapters that came into sight, and where they were last."""

    table_kind: ClassVar[str] = "scratch"

    person_id = models.UUIDField()
    record_id = models.UUIDField()
    version = models.PositiveIntegerField()
    at = models.DateTimeField()
    viewed = models.JSONField(default=list)
    opened = models.JSONField(default=list)
    place = models.CharField(max_length=20, default="")

    class Meta:
        db_table = "look"
        constraints: ClassVar = [models.UniqueConstraint(fields=["person_id", "record_id", "version"], name="look_once")]


class Token(models.Model):
    """An API token: only its hash is kept; it can do what its owner may within its scopes, from its sources, and never sign."""

    table_kind: ClassVar[str] = "scratch"

    id = models.UUIDField(primary_key=True)
    person_id = models.UUIDField()
    label = models.CharField(max_length=80)
    sha256 = models.BinaryField(max_length=32, unique=True)
    scopes = models.JSONField(default=list)
    sources = models.JSONField(default=list)
    created_at = models.DateTimeField()
    until = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "token"


class Factor(models.Model):
    """What a person has beside the password: a program for one-time codes, a passkey, or a recovery code.

    `secret` is what a code is computed from (encrypted), the public half of a passkey, or the hash of a recovery code.
    `count` is the newest time step or counter that was used, so that nothing opens twice.
    """

    table_kind: ClassVar[str] = "scratch"

    id = models.UUIDField(primary_key=True)
    person_id = models.UUIDField()
    kind = models.CharField(max_length=10)
    label = models.CharField(max_length=80)
    secret = models.BinaryField()
    credential = models.CharField(max_length=1400, null=True, unique=True)
    device_bound = models.BooleanField(default=False)
    count = models.BigIntegerField(default=-1)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "factor"
        indexes: ClassVar = [models.Index(fields=["person_id", "kind"], name="factor_by_person")]


class Identity(models.Model):
    """By which name an identity provider knows a person: issuer and subject, never an address of mail, which changes hands."""

    table_kind: ClassVar[str] = "scratch"

    id = models.UUIDField(primary_key=True)
    person_id = models.UUIDField()
    issuer = models.CharField(max_length=400)
    subject = models.CharField(max_length=255)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "identity"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="identity_once"),
            models.UniqueConstraint(fields=["person_id", "issuer"], name="identity_by_person"),
        ]


class SearchEntry(models.Model):
    """The words of a record's present content and of its files; made from them, and again whenever that changes.

    Where that went wrong, `tries` counts how often, `note` says how, and it is tried again at `again_at`, if at all.
    """

    table_kind: ClassVar[str] = "scratch"

    record = models.OneToOneField(Record, models.DO_NOTHING, db_constraint=False, related_name="entry")
    version = models.PositiveIntegerField()
    title_words = models.TextField()
    words = models.TextField()
    text = models.TextField()
    note = models.TextField(default="")
    tries = models.PositiveSmallIntegerField(default=0)
    again_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "search_entry"
        indexes: ClassVar = [
            models.Index(fields=["again_at"], condition=models.Q(tries__gt=0), name="search_entry_not_indexed")
        ]


class FileText(models.Model):
    """The text of one file of a record as a program could read it; `note` says in words why there is none.

    `tries` and `again_at` are those of an entry: how often reading it went wrong, and when it is read again.
    """

    table_kind: ClassVar[str] = "scratch"

    record_id = models.UUIDField()
    sha256 = models.CharField(max_length=64)
    name = models.TextField()
    state = models.CharField(max_length=10)
    text = models.TextField(default="")
    note = models.TextField(default="")
    tries = models.PositiveSmallIntegerField(default=0)
    again_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "file_text"
        constraints: ClassVar = [models.UniqueConstraint(fields=["record_id", "sha256"], name="file_text_once")]
        indexes: ClassVar = [models.Index(fields=["state", "id"], name="file_text_by_state")]


class Follower(models.Model):
    """How far in the log something that follows it has come."""

    table_kind: ClassVar[str] = "scratch"

    name = models.CharField(max_length=40, primary_key=True)
    seq = models.BigIntegerField(default=-1)

    class Meta:
        db_table = "follower"


class SavedView(models.Model):
    """The filters of a list under a name, for its owner alone or, `shared`, for everybody who may see the list."""

    table_kind: ClassVar[str] = "scratch"

    id = models.UUIDField(primary_key=True)
    person_id = models.UUIDField()
    type = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    query = models.TextField()
    shared = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        db_table = "saved_view"
        constraints: ClassVar = [models.UniqueConstraint(fields=["person_id", "type", "name"], name="saved_view_once")]
        indexes: ClassVar = [models.Index(fields=["type", "shared"], name="saved_view_by_type")]


class Notice(models.Model):
    """That a person is to be told by mail of a piece of work, once for each stage of it, and what became of the mail."""

    table_kind: ClassVar[str] = "scratch"

    person_id = models.UUIDField()
    task_id = models.UUIDField()
    stage = models.CharField(max_length=20)
    at = models.DateTimeField()
    state = models.CharField(max_length=10)
    tried_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    note = models.TextField(default="")

    class Meta:
        db_table = "notice"
        constraints: ClassVar = [models.UniqueConstraint(fields=["person_id", "task_id", "stage"], name="notice_once")]
        indexes: ClassVar = [models.Index(fields=["state", "id"], name="notice_by_state")]


class MailRhythm(models.Model):
    """How often a person wants mail about work; without a row each notice goes out at once."""

    table_kind: ClassVar[str] = "scratch"

    person_id = models.UUIDField(primary_key=True)
    rhythm = models.CharField(max_length=10)
    at = models.DateTimeField()

    class Meta:
        db_table = "mail_rhythm"

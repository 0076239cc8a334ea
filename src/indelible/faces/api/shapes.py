"""The shapes of what comes in and goes out, as the OpenAPI document prints them.

What comes in is strict: what is unknown or of another type is refused, never converted (a `0` for a date would be 1970).
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Reason = Annotated[str, Field(max_length=2000, description="Why: kept with the event for ever.")]
Fields = Annotated[dict[str, Any], Field(description="Values by field name; null empties a field.")]


class Given(BaseModel):
    """What a caller sends."""

    model_config = ConfigDict(strict=True, extra="forbid")


class NewRecord(Given):
    """A record to create: its values, its number where the company has given it one, and the record it is begun from."""

    fields: Fields
    begun_from: Annotated[str, Field(max_length=60)] | None = None
    number: Annotated[str, Field(max_length=60)] | None = None


class Changes(Given):
    """New values for some fields."""

    fields: Fields
    reason: Reason = ""


class Deed(Given):
    """What an act takes. Moves take a reason; the generic acts say in `/acts` which of the others they take."""

    reason: Reason = ""
    fields: Fields | None = Field(default=None, description="For amend and revise.")
    text: str | None = Field(default=None, description="For comment.")
    to: str | None = Field(default=None, description="For link, unlink, reassign and postpone (a day).")
    instead_of: str | None = Field(default=None, description="For reassign: whose duties go over, all on this record.")
    days: int | None = Field(default=None, description="For extend.")
    field: str | None = Field(default=None, description="For confirm, and for a comment on a place.")
    anchor: str | None = Field(default=None, description="For comment: the block that it is about.")
    quote: str | None = Field(default=None, description="For comment: words that stand in the field.")
    suggestion: str | None = Field(default=None, description="For comment: what should stand there instead.")
    position: int | None = Field(default=None, description="For resolve: the comment's.")
    outcome: str | None = Field(default=None, description="For resolve: accepted or declined.")
    step: int | None = Field(default=None, description="For record_step: the step that is next.")
    actual: str | None = Field(default=None, description="For record_step: the actual result, as a value.")
    passed: bool | None = Field(default=None, description="For record_step: whether it is as expected.")
    evidence: str | None = Field(default=None, description="For record_step: the hash of a file that was uploaded.")
    lines: list[str] | None = Field(default=None, description="For decide_lines: which lines, by their ids.")
    decision: str | None = Field(default=None, description="For decide_lines: keep, change or revoke.")
    request: str | None = Field(default=None, description="For decide_lines: the new request, where a line is changed.")


class Shown(BaseModel):
    """What a caller gets."""

    model_config = ConfigDict(frozen=True)


class Person(Shown):
    """Somebody, by everlasting id."""

    person: str
    name: str


class Head(Shown):
    """Where a record stands; `position` is its ETag. `warnings` say who is away when it is due; a list has none."""

    id: str
    type: str
    number: str
    series: str | None
    revision: int | None
    title: str
    state: str
    state_label: str
    standing: str | None
    position: int
    version: int
    version_sha256: str
    baseline: str
    author: str | None
    owner: str | None
    department: str | None
    due_at: str | None
    created_at: str
    updated_at: str
    fields: dict[str, Any]
    warnings: list[str] = []


class Page(Shown):
    """A page of records, each with the fields that its type shows in lists; `count` stops at 1000."""

    records: list[Head]
    next: str | None
    count: int
    more: bool


class Piece(Shown):
    """A part of a text; `found` where a searched word stands."""

    text: str
    found: bool


class Hit(Shown):
    """One record that a search found, with a piece of its text, or of the file that holds it."""

    type: str
    number: str
    series: str | None
    title: str
    state: str
    state_label: str
    standing: str | None
    updated_at: str
    pieces: list[Piece]
    file: str | None


class FoundPage(Shown):
    """A page of hits; `behind` while the text of the newest changes is still being read."""

    hits: list[Hit]
    next: str | None
    behind: bool


class Done(Shown):
    """What an act did: where the record stands now, and the event's leaf in the ledger."""

    record: str
    number: str
    position: int
    version: int
    state: str
    event: str
    leaf: str
    replayed: bool


class Missing(Shown):
    """One thing that stands in the way."""

    text: str
    field: str | None = None
    rule: str | None = None


class Refusal(Shown):
    """Why an act cannot be done now."""

    rule: str
    text: str
    missing: list[Missing]
    who_can: list[str]
    do: str


class Act(Shown):
    """One act on a record: possible now, or refused with its reasons. `signs` names the meaning of its signature."""

    act: str
    label: str
    allowed: bool
    signs: str | None
    awaits: list[str]
    reason_required: bool
    danger: bool
    takes: list[str]
    refusal: Refusal | None


class Acts(Shown):
    """Every act that the record's state and type declare."""

    number: str
    position: int
    acts: list[Act]


class Change(Shown):
    """One value that an event changed, as people read it."""

    field: str
    label: str
    old: str
    new: str


class Voided(Shown):
    """A signature that an event voided."""

    position: int
    name: str
    meaning: str


class Event(Shown):
    """One event: who, what, when, why, old and new; `seq` is its place in the log, where it has one already."""

    seq: int | None = None
    record: str
    number: str
    type: str
    position: int
    at: str
    zone: str
    who: str
    person: str | None
    title: str
    roles: list[str]
    via: str
    act: str
    event: str
    state: str
    came_from: str | None
    reason: str
    changes: list[Change]
    voided: list[Voided]
    note: dict[str, Any]
    signed: str | None
    version: int
    baseline: str
    build: str
    validated: str
    leaf: str
    cause: str | None
    request: str


class Events(Shown):
    """A page of events; `next` is the cursor to ask with, also when there is nothing new yet."""

    events: list[Event]
    next: str
    more: bool


class Signature(Shown):
    """One signature: exactly what was shown and signed, by whom, when, with which components; still counting or not."""

    position: int
    version: int
    person: str
    printed_name: str
    meaning: str
    meaning_label: str
    at: str
    local_time: str
    zone: str
    method: str
    components: list[str]
    statement: dict[str, Any]
    statement_sha256: str
    manifest_sha256: str
    counts: bool
    voided_at_position: int | None


class Signatures(Shown):
    """Every signature ever given on a record, in order."""

    number: str
    signatures: list[Signature]


class File(Shown):
    """A file that was received: name it by its SHA-256 in a field to make it part of a record."""

    sha256: str
    name: str
    size: int
    media_type: str


class Build(Shown):
    """Which build runs: version, and hashes over its own files and its dependencies."""

    name: str
    version: str
    package: str
    dependencies: str


class Baseline(Shown):
    """Which configuration is in force."""

    number: int
    sha256: str


class OpenRecord(Shown):
    """A record on which a person has duties that may still ask for work; `reassign` hands them over."""

    type: str
    number: str
    title: str
    state: str
    position: int
    duties: list[str]


class DueWork(Shown):
    """One act that asks a person by name, with its day; `away` where the person is away on it."""

    type: str
    number: str
    title: str
    act: str
    due_on: str
    late: bool
    away: bool


class OpenWork(Shown):
    """Everything open of one person; `unseen` counts records that the caller may not see, `typed` texts never saved."""

    person: Person
    records: list[OpenRecord]
    more: bool
    unseen: int
    typed: int
    roles_held_alone: list[str]


class Drift(Shown):
    """One thing that is not as it was approved: what was approved, what was found, and since when."""

    number: str
    key: str
    before: str | None
    after: str | None
    since: str | None
    stops_signing: bool


class Validation(Shown):
    """What was proven of what runs: the installation's state, whether it drifted from it, its build and its baseline."""

    state: str
    label: str
    validated: bool
    reasons: list[str]
    baseline_validated: int | None
    stale: list[str]
    drifted: bool
    drift: list[Drift]
    simulated: bool
    environment: str
    build: Build
    baseline: Baseline
    time: str
    zone: str


class Role(Shown):
    """A role held now, and in which department."""

    role: str
    scope: str | None


class Me(Shown):
    """Who is calling."""

    person: str
    number: str
    name: str
    title: str
    user_id: str
    via: str
    scopes: list[str] | None
    roles: list[Role]


class Problem(Shown):
    """An outcome that is not success (RFC 9457): the rule, what is missing, who could."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    rule: str
    missing: list[Missing]
    who_can: list[str]
    do: str
    present: dict[str, Any]
    request_id: str

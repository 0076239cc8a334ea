"""The only place that says what a rendition can show: the shape of the data that the pages are set from.

Whoever reads a record (`practice.queries`) fills this; the template shows all of it, and the same data travel
inside the PDF as canonical JSON (11.10(b)). Every time has its offset, every signature its name, time and
meaning (11.50(a)): a shape that lacks one of them cannot be made. Nothing here decides about quality.

Content that two people restricted (D32) is not put here at all: `restricted` says so in its place.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator


def _whole(value: object) -> object:
    # Half a surrogate pair is no character and would stop PDF and JSON; it stays visible as an escape.
    return value.encode("utf-8", "backslashreplace").decode("utf-8") if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_whole)]
Filled = Annotated[Text, Field(min_length=1, pattern=r"\S")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Prefix = Annotated[str, Field(pattern=r"^[0-9a-f]{8,64}$")]
Tree = dict[str, Any]  # from `text.tree`


class _Shown(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Company(_Shown):
    """Whose letterhead it is; `letterhead` is a line of the company's own, such as a department."""

    name: Filled
    address: Text = ""
    letterhead: Text = ""


class Head(_Shown):
    """Which record, and exactly which content of it, was printed (Annex 11 8.1)."""

    type_label: Filled
    number: Filled
    revision: Text | None
    title: Filled
    state_label: Filled
    version_number: int
    content_sha256: Sha256
    baseline_hash: Text
    build: Text


class Change(_Shown):
    """An earlier value of a field, and who replaced it, when and why (Annex 11 8.2)."""

    old: Text
    who: Filled
    when: AwareDatetime
    why: Text


class Entered(_Shown):
    """Who gave a field its first value, after the record had begun, and when."""

    who: Filled
    when: AwareDatetime


class Table(_Shown):
    """A value of kind table: every row has one text per column."""

    columns: list[Text] = Field(min_length=1)
    rows: list[list[Text]]

    @model_validator(mode="after")
    def _rectangular(self) -> Self:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError("each row of a table needs one text per column")
        return self


class ShownField(_Shown):
    """One field of the record: its value in one of four forms (none of them: not filled in), and its history.

    `entered` says who gave the first value when the record did not begin with one; that is no change. `changed` lists
    earlier values, oldest first. `unchanged` prints "unchanged since first entry".
    """

    label: Filled
    kind: Text
    text: Text | None = None
    table: Table | None = None
    rich: Tree | None = None
    restricted: Text | None = None
    entered: Entered | None = None
    changed: list[Change] = []
    unchanged: bool = False

    @model_validator(mode="after")
    def _one_value(self) -> Self:
        if sum(form is not None for form in (self.text, self.table, self.rich, self.restricted)) > 1:
            raise ValueError(f"{self.label}: a field has one value")
        if self.changed and self.unchanged:
            raise ValueError(f"{self.label}: a field was changed or it was not")
        return self


class Said(_Shown):
    """One value of a record that belongs to the printed one, beside the columns of its table."""

    label: Filled
    text: Filled


class Child(_Shown):
    """One record that belongs to the printed one: its state, one text per column, and what else it says."""

    number: Filled
    state_label: Filled
    version_number: int
    version_sha256_prefix: Prefix
    cells: list[Text]
    more: list[Said] = []


class Children(_Shown):
    """The records of one type that belong to the printed one, by number."""

    label: Filled
    columns: list[Text]
    rows: list[Child] = Field(min_length=1)

    @model_validator(mode="after")
    def _rectangular(self) -> Self:
        if any(len(row.cells) != len(self.columns) for row in self.rows):
            raise ValueError(f"{self.label}: each row needs one text per column")
        return self


class ShownFile(_Shown):
    """A file of the record. Whether its bytes travel inside the PDF is found by its hash, not said here."""

    name: Filled
    size: int
    sha256: Sha256
    by: Filled
    at: AwareDatetime
    restricted: Text | None = None
    told: Text | None = None


class Voided(_Shown):
    """Whose act took a signature's effect away, when and why."""

    by: Filled
    at: AwareDatetime
    reason: Filled


class Signature(_Shown):
    """A signature as it was given: name, title and meaning frozen at that moment (11.50(a), 11.70)."""

    printed_name: Filled
    title: Text
    meaning_label: Filled
    meaning_sentence: Filled
    at: AwareDatetime
    zone: Filled
    method: Text
    components: list[Text]
    version_number: int
    version_sha256_prefix: Prefix
    counts: bool
    voided: Voided | None = None

    @model_validator(mode="after")
    def _void_does_not_count(self) -> Self:
        if self.counts and self.voided:
            raise ValueError(f"the signature of {self.printed_name} is voided and cannot count")
        return self


class WetInk(_Shown):
    """A signature awaited on paper (D26): what it will mean; name, date and signature stay empty."""

    role: Text
    meaning_label: Filled
    meaning_sentence: Text


class EventChange(_Shown):
    """One field that an event changed; None is "no value"."""

    field: Filled
    old: Text | None
    new: Text | None


class Event(_Shown):
    """One entry of the audit trail: who, with the roles held then, did what, when and why (11.10(e))."""

    position: int
    at: AwareDatetime
    who: Filled
    roles: list[Text] = []
    act_label: Filled
    reason: Text | None = None
    changes: list[EventChange] = []
    from_state: Text | None = None
    to_state: Text | None = None
    voided_signatures: list[Text] = []


class RenditionData(_Shown):
    """Everything that one printed copy shows.

    `watermark` has no default on purpose: whatever is not effective must never look effective (Annex 11 8.1),
    so the caller always says either the word or None. `trail` empty means that it was not asked for, and the
    copy says so. `address` is where the revision in force is found, `issued` says as which numbered copy it was given
    out; without, a copy of a revision says that it is uncontrolled. `page_text` may place {page} and {pages}. `zone` is the name of the zone of `printed_at`.
    """

    environment: Literal["DEMO", "VALIDATION", "PRODUCTION"]
    company: Company
    record: Head
    watermark: Filled | None
    fields: list[ShownField] = []
    body: Tree | None = None
    children: list[Children] = []
    files: list[ShownFile] = []
    signatures: list[Signature] = []
    wet_ink: list[WetInk] = []
    trail: list[Event] = []
    trail_statement: Text | None = None
    printed_by: Filled
    printed_at: AwareDatetime
    zone: Filled
    page_text: Text = "Page {page} of {pages}"
    paper: Literal["a4", "us-letter"] = "a4"
    address: Text = ""
    issued: Text = ""

"""The whole grammar of a type declaration, as one pydantic model (D12).

What a quality person decides stands in YAML in exactly these words; the YAML has no expressions. The only
condition is `when: {field: [values]}`; everything cleverer is a named rule written in Python. What the product
does not do yet has no key here, so it is refused by the loader instead of being ignored.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic import Field as Key

Name = Annotated[str, Key(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
When = dict[Name, list[str]]

KINDS = ("text", "rich_text", "number", "date", "time", "yes_no", "choice", "person", "links", "files", "table")
Kind = Literal["text", "rich_text", "number", "date", "time", "yes_no", "choice", "person", "links", "files", "table"]


class Part(BaseModel):
    """Every part is strict: an unknown key or a value of another type is an error, never a guess."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Range(Part):
    """Smallest and largest value allowed; decimals and dates are written as text."""

    min: str | None = None
    max: str | None = None


class Occurrence(Part):
    """The field says when something happened; entered later than this it needs a reason and is marked late (D30)."""

    tolerance_hours: int = Key(default=24, ge=0, le=720)


class Column(Part):
    """One column of a table field."""

    name: Name
    label: str
    kind: Literal["text", "number", "date", "yes_no", "choice"] = "text"
    choices: list[str] = []


class FieldDeclaration(Part):
    """One field. `id` is for ever: never reused, and a retired field stays listed as a tombstone."""

    id: int = Key(ge=1, le=9999)
    name: Name
    kind: Kind
    label: str = ""
    help: str = ""
    required: Literal["at_creation", "always"] | None = None
    required_in: list[Name] = []
    required_when: When = {}
    phase: Name | None = None
    retired: bool = False
    many: bool = False
    choices: list[str] = []
    labels: dict[str, str] = {}
    to: list[Name] = []
    pinned: bool = False
    columns: list[Column] = []
    max_length: int | None = Key(default=None, ge=1, le=200_000)
    range: Range | None = None
    not_in_future: bool = False
    occurrence: Occurrence | None = None
    critical: bool = False
    filterable: bool = False
    unique: bool = False

    @property
    def title(self) -> str:
        """Give the label that people read."""
        return self.label or self.name.replace("_", " ").capitalize()


class SignatureNeed(Part):
    """One signature that a move asks for: which meaning, by which capacities, how many."""

    meaning: Name
    by: list[Name] = Key(min_length=1)
    count: int | Literal["each"] = 1
    when: When = {}


class Due(Part):
    """When the work of a state is due, counted from the moment the state is entered.

    In `days`, or for a periodic review in `months`: others where the choice field `by` has one of `months_by`. The work
    is shown to people `ahead_days` before it is due; without, at once.
    """

    days: int | None = Key(default=None, ge=0, le=3650)
    calendar: Literal["business", "calendar"] = "calendar"
    months: int | None = Key(default=None, ge=1, le=120)
    by: Name | None = None
    months_by: dict[str, Annotated[int, Key(ge=1, le=120)]] = {}
    ahead_days: int | None = Key(default=None, ge=0, le=365)


class Move(Part):
    """One declared move out of a state. Without `signs` the identity of the login is enough."""

    to: Name
    by: list[Name] = Key(min_length=1)
    label: str = ""
    past: Name
    help: str = ""
    reason: Literal["required", "optional"] = "optional"
    signs: list[SignatureNeed] = []
    order: Literal["parallel", "sequence"] = "parallel"
    requires: list[Name] = []
    when: When = {}
    at: Name | None = None
    danger: bool = False
    renews: bool = False


class Amend(Part):
    """Who may change what a completed step has frozen; it returns to the step that signed it and voids those signatures."""

    by: list[Name] = Key(min_length=1)


def _capacities(move: Any) -> list[Any]:
    found = move.get("by") if isinstance(move, dict) else getattr(move, "by", None)
    return found if isinstance(found, list) else []


class State(Part):
    """One state: who sees it, who edits in it, what is due, and the moves that leave it. No moves: final."""

    label: str = ""
    look: Literal["draft", "work", "wait", "done", "void"] = "work"
    standing: Literal["in_work", "in_force", "past"] | None = None
    seen_by: list[Name] = Key(min_length=1)
    edit: list[Name] = []
    amend: Amend | None = None
    due: Due | None = None
    work: Name | None = None
    requires: list[Name] = []
    moves: dict[Name, Move] = {}
    watermark: str = ""

    @model_validator(mode="before")
    @classmethod
    def _first_move_is_the_work(cls, given: Any) -> Any:
        # Canonical JSON sorts keys, so what the written order of the moves says is kept as a value.
        moves = given.get("moves") if isinstance(given, dict) else None
        if not isinstance(moves, dict) or given.get("work"):
            return given
        expected = next((name for name, move in moves.items() if "system" not in _capacities(move)), None)
        return {**given, "work": expected} if expected else given

    @property
    def final(self) -> bool:
        """Say whether nothing leaves this state."""
        return not self.moves


class Gxp(Part):
    """Which predicate rule asks for this record, and why (11.1(b)); a type without it cannot be released."""

    predicate: str
    rationale: str


class Numbering(Part):
    """How numbers are made: `{serial:03}`, and a prefix fixed or chosen by the value of a choice field."""

    prefix: str | None = Key(default=None, pattern=r"^[A-Z][A-Z0-9]{1,5}$")
    by: Name | None = None
    prefixes: dict[str, Annotated[str, Key(pattern=r"^[A-Z][A-Z0-9]{1,5}$")]] = {}
    digits: int = Key(default=3, ge=2, le=8)
    assigned_by: list[Name] = []


class Revisions(Part):
    """The type is revisioned: one number, counted revisions, each a record with its own life (D13).

    `first_brought_by` may bring a later revision as the first one here: the earlier ones exist elsewhere only.
    """

    digits: int = Key(default=2, ge=2, le=3)
    by: list[Name] = Key(min_length=1)
    first_brought_by: list[Name] = []
    clears: list[Name] = []


class GenericAct(Part):
    """Who may do one of the generic acts on this type."""

    by: list[Name] = Key(min_length=1)
    fields: list[Name] = []


class Section(Part):
    """One card of the record page: a title and the fields that it shows."""

    title: str
    fields: list[Name] = Key(min_length=1)


class Skeleton(Part):
    """A text with which a record may begin: sections to fill in, from a Markdown file of the folder or written here.

    `when` says for which values of single choices it is meant, and is what the form then begins with.
    """

    label: str
    field: Name
    when: When = {}
    file: str | None = None
    text: str = ""


class TypeDeclaration(Part):
    """One record type: everything that the product needs to run, show, print and check its records."""

    type: Name
    label: str
    plural: str
    group: str = "Records"
    icon: str = "document"
    help: str = ""
    number: Numbering
    title: Name
    revisions: Revisions | None = None
    gxp: Gxp | None = None
    opens: Literal["always", "founding", "released"] = "released"
    retention: Name
    create: list[Name] = Key(min_length=1)
    owner: Name | None = None
    department: Name | None = None
    parent: Name | None = None
    comment: GenericAct | None = None
    resolve: GenericAct | None = None
    link: GenericAct | None = None
    reassign: GenericAct | None = None
    extend: GenericAct | None = None
    postpone: GenericAct | None = None
    restrict: GenericAct | None = None
    confirm: GenericAct | None = None
    certify: GenericAct | None = None
    columns: list[Name] = []
    skeletons: dict[Name, Skeleton] = {}
    layout: list[Section] = []
    fields: list[FieldDeclaration] = Key(min_length=1)
    initial: Name
    order: list[Name] = []
    lifecycle: dict[Name, State] = Key(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _order_is_as_written(cls, given: Any) -> Any:
        # Canonical JSON sorts keys; phases, and with them what a signature covers, need the written order.
        states = given.get("lifecycle") if isinstance(given, dict) else None
        return {**given, "order": [*states]} if isinstance(states, dict) and not given.get("order") else given

    def field(self, name: str) -> FieldDeclaration | None:
        """Find a field by name, retired or not."""
        return next((f for f in self.fields if f.name == name), None)

    def field_by_id(self, number: int) -> FieldDeclaration | None:
        """Find a field by its everlasting id."""
        return next((f for f in self.fields if f.id == number), None)

    def live_fields(self) -> Iterator[FieldDeclaration]:
        """Give the fields in use, in declared order."""
        return (f for f in self.fields if not f.retired)

    def phase_index(self, state: str | None) -> int:
        """Give where a state stands in the declared order; fields without a phase belong to the initial one."""
        return self.order.index(state or self.initial)

    def covered(self, state: str) -> frozenset[int]:
        """Give the ids of the fields that a signature leaving `state` freezes: those of its phase and earlier ones."""
        here = self.phase_index(state)
        return frozenset(f.id for f in self.fields if self.phase_index(f.phase) <= here)


class Role(Part):
    """One role: what its holders may sign, and which roles the same person may not hold at the same time."""

    label: str
    help: str = ""
    signs: list[Name] = []
    never_with: list[Name] = []
    scoped: bool = False
    everybody: bool = False


class Meaning(Part):
    """One meaning of a signature, a fixed sentence (11.50(a)(3)); `series` says whether it may be given in a series."""

    label: str
    text: str
    series: bool = True
    covers: bool = True


class RetentionClass(Part):
    """How long records are kept: an event starts the clock; without years the record is kept (the default)."""

    label: str
    starts: str
    years: int | None = Key(default=None, ge=1, le=100)
    rule: str = ""


class Policies(Part):
    """What governs people and sessions; each within a range that no YAML can leave."""

    idle_minutes: int = Key(default=15, ge=5, le=30)
    absolute_hours: int = Key(default=12, ge=1, le=24)
    password_length: int = Key(default=15, ge=12, le=64)
    invitation_hours: int = Key(default=72, ge=1, le=168)
    token_days: int = Key(default=90, ge=1, le=365)
    upload_megabytes: int = Key(default=100, ge=1, le=2000)
    upload_types: list[str] = Key(min_length=1)
    reason_length: int = Key(default=10, ge=3, le=100)
    trail_readers: list[Name] = Key(min_length=1)
    holidays: list[str] = []


class Company(Part):
    """What the installation must know before it has records: whose it is and in which zone it lives."""

    zone: str
    name: str


RELATIONS = frozenset({"its_author", "owner", "subject", "head_of_department", "system", "everybody"})
GENERIC = frozenset({
    "create", "edit", "amend", "revise", "comment", "resolve", "link", "unlink", "reassign", "extend", "postpone",
    "restrict", "certify", "confirm",
})  # fmt: skip

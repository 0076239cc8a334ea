"""The whole grammar of a type declaration, as one pydantic model (D12).

What a quality person decides stands in YAML in exactly these words; the YAML has no expressions. The only
condition is `when: {field: [values]}`; everything cleverer is a named rule written in Python. What the product
does not do yet has no key here, so it is refused by the loader instead of being ignored.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field as Key
from pydantic import model_validator

from indelible.kernel.parts import Column, Kind, Name, Occurrence, Part, Range, Trend, When


class FieldDeclaration(Part):
    """One field. `id` is for ever: never reused, and a retired field stays listed as a tombstone."""

    id: int = Key(ge=1, le=9999)
    """The number under which content is stored; for ever, never used again."""
    name: Name
    """The name by which programs, imports and the rest of the declaration mean the field."""
    kind: Kind
    """What the field holds."""
    label: str = ""
    """The words that people read; without it the name."""
    help: str = ""
    """A sentence beside the field in forms."""
    required: Literal["at_creation", "always"] | None = None
    """When the field must be filled: as the record is created, or from then on with every change as well."""
    required_in: list[Name] = []
    """States that no record enters while the field is empty."""
    required_when: When = {}
    """The field must be filled when another one has one of these values."""
    phase: Name | None = None
    """The state in which the field is filled in; signatures that leave it and later ones cover the field. Without it the initial one."""
    retired: bool = False
    """The field is used no more; its id and its old values stay."""
    many: bool = False
    """More than one value: people, links or files."""
    choices: list[str] = []
    """The words of which a field of kind `choice` holds one."""
    labels: dict[str, str] = {}
    """What people read instead of a choice."""
    to: list[Name] = []
    """Types to which a field of kind `links` may lead; without it any."""
    pinned: bool = False
    """A link names the exact revision, and does not follow to the next one."""
    columns: list[Column] = []
    """The columns of a field of kind `table`."""
    max_length: int | None = Key(default=None, ge=1, le=200_000)
    """The longest text, in characters."""
    range: Range | None = None
    """The smallest and the largest number or day."""
    not_in_future: bool = False
    """A day or time that has not come yet is refused."""
    occurrence: Occurrence | None = None
    """The field says when something happened: entered late it asks for a reason and is marked."""
    critical: bool = False
    """A second person confirms the value (Annex 11-6)."""
    filterable: bool = False
    """Lists and the API can be filtered by it."""
    begins_with: Literal["me"] | None = None
    """What a form begins with: `me` for whoever fills it in."""
    unique: bool = False
    """No two records of the type have the same value."""

    @property
    def title(self) -> str:
        """Give the label that people read."""
        return self.label or self.name.replace("_", " ").capitalize()


class SignatureNeed(Part):
    """One signature that a move asks for: which meaning, by which capacities, how many."""

    meaning: Name
    """What the signer says; a meaning of `meanings.yaml`."""
    by: list[Name] = Key(min_length=1)
    """Roles or relations, any of which lets a person give it."""
    count: int | Literal["each"] = 1
    """How many different people give it; `each` for everybody whom the relation names."""
    when: When = {}
    """Asked for only where a choice field has one of these values."""


class Due(Part):
    """When the work of a state is due, counted from the moment the state is entered or from the day that a field says.

    In `days`, or for a periodic review in `months`: others where the choice field `by` has one of `months_by`. The work
    is shown to people `ahead_days` before it is due; without, at once.
    """

    days: int | None = Key(default=None, ge=0, le=3650)
    """So many days after the state was entered."""
    days_in: Name | None = None
    """The number field that says how many days; `days` where it is empty."""
    since: Name | None = None
    """The day or time field from which the days count, instead of the entry; an extension is kept from state to state."""
    calendar: Literal["business", "calendar"] = "calendar"
    """Whether weekends and the company's holidays count."""
    months: int | None = Key(default=None, ge=1, le=120)
    """So many months after the state was entered."""
    by: Name | None = None
    """The choice field on which the months depend."""
    months_by: dict[str, Annotated[int, Key(ge=1, le=120)]] = {}
    """Other months for a value of that field."""
    ahead_days: int | None = Key(default=None, ge=0, le=365)
    """So many days before it is due the work is shown; without it at once."""


class Move(Part):
    """One declared move out of a state. Without `signs` the identity of the login is enough."""

    to: Name
    """The state to which it leads."""
    by: list[Name] = Key(min_length=1)
    """Roles or relations, any of which may make it or begin it; `system` for what happens by itself."""
    label: str = ""
    """What stands on the button; without it the name."""
    past: Name
    """The word of the event in the trail: what was done."""
    help: str = ""
    """A sentence shown before the act."""
    reason: Literal["required", "optional"] = "optional"
    """Whether a reason must be given."""
    signs: list[SignatureNeed] = []
    """The signatures that it asks for; the last one makes the move."""
    order: Literal["parallel", "sequence"] = "parallel"
    """Whether signatures are given in any order or one after the other as written."""
    requires: list[Name] = []
    """Named rules that must hold; see [rules](rules.md)."""
    when: When = {}
    """The move exists only where a choice field has one of these values."""
    at: Name | None = None
    """A day or time field, or `due`: when that day (or the due date of the state) has come the system makes the move."""
    danger: bool = False
    """The button is shown as one that ends or takes away something."""
    renews: bool = False
    """A move back to its own state that begins the time of `due` anew."""


class Amend(Part):
    """Who may change what a completed step has frozen; it returns to the step that signed it and voids those signatures."""

    by: list[Name] = Key(min_length=1)
    """Roles or relations, any of which may amend."""


def _capacities(move: Any) -> list[Any]:
    found = move.get("by") if isinstance(move, dict) else getattr(move, "by", None)
    return found if isinstance(found, list) else []


class State(Part):
    """One state: who sees it, who edits in it, what is due, and the moves that leave it. No moves: final."""

    label: str = ""
    """What people read; without it the name."""
    look: Literal["draft", "work", "wait", "done", "void"] = "work"
    """How the state is coloured and sorted: `done` is a good end or in force, `void` an end without effect."""
    standing: Literal["in_work", "in_force", "past"] | None = None
    """Of a type with revisions: whether the revision is being made, is the one in force, or no longer is."""
    seen_by: list[Name] = Key(min_length=1)
    """Roles or relations that see a record in this state; for all others it does not exist."""
    edit: list[Name] = []
    """Roles or relations that may change fields that nobody has signed."""
    amend: Amend | None = None
    """Who may change what was signed, with a reason; the signatures fall."""
    due: Due | None = None
    """When the work of this state is due."""
    work: Name | None = None
    """The move that is expected here and stands in *My work*; `none` for no work. Without it the first move that people make."""
    requires: list[Name] = []
    """Named rules that must hold to enter the state, whichever move leads here."""
    moves: dict[Name, Move] = {}
    """The ways out, by name; none means that the state is final."""
    watermark: str = ""
    """Words across every printed page of a record in this state."""

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
    """The rule that asks for the record, such as a section of 21 CFR."""
    rationale: str
    """Why this type answers it."""


class Numbering(Part):
    """How numbers are made: `{serial:03}`, with a prefix fixed, chosen by the value of a choice field, or that of the parent."""

    prefix: str | None = Key(default=None, pattern=r"^[A-Z][A-Z0-9]{1,5}(-[A-Z][A-Z0-9]{1,5})?$")
    """What all numbers of the type begin with."""
    by: Name | None = None
    """The choice field that decides the prefix."""
    prefixes: dict[str, Annotated[str, Key(pattern=r"^[A-Z][A-Z0-9]{1,5}(-[A-Z][A-Z0-9]{1,5})?$")]] = {}
    """The prefix for each of its choices."""
    digits: int = Key(default=3, ge=2, le=8)
    """So many digits at least."""
    under: str | None = Key(default=None, pattern=r"^[A-Z]$")
    """Numbers are those of the record to which it belongs, with this letter and a count of its own: AUD-001-F01."""
    assigned_by: list[Name] = []
    """Roles that may bring a number that the company uses already."""


class Revisions(Part):
    """The type is revisioned: one number, counted revisions, each a record with its own life (D13).

    `first_brought_by` may bring a later revision as the first one here: the earlier ones exist elsewhere only.
    """

    digits: int = Key(default=2, ge=2, le=3)
    """So many digits of the revision in the number."""
    by: list[Name] = Key(min_length=1)
    """Roles or relations that may begin the next revision."""
    first_brought_by: list[Name] = []
    """Roles that may bring a later revision as the first one here."""
    clears: list[Name] = []
    """Fields that the next revision does not take over."""


class GenericAct(Part):
    """Who may do one of the generic acts on this type."""

    by: list[Name] = Key(min_length=1)
    """Roles or relations, any of which may do it."""
    fields: list[Name] = []
    """Fields for which the act is meant; their names are checked, and nothing follows from them in this version."""


class Section(Part):
    """One card of the record page: a title and the fields that it shows."""

    title: str
    """The heading."""
    fields: list[Name] = Key(min_length=1)
    """The fields, in their order."""


class Skeleton(Part):
    """A text with which a record may begin: sections to fill in, from a Markdown file of the folder or written here.

    `when` says for which values of single choices it is meant, and is what the form then begins with.
    """

    label: str
    """What people choose it by."""
    field: Name
    """The rich text field that it fills; or the table field, with the rows of a Markdown table whose headings are its columns."""
    when: When = {}
    """Values of single choices for which it is meant."""
    file: str | None = None
    """A Markdown file below the configuration folder; its text is read into the baseline."""
    text: str = ""
    """The text itself, where no file holds it."""


class Beginning(Part):
    """How a record can be begun from another one: the link back, and what is taken over instead of being typed again."""

    link: Name
    """The links field that names where it came from."""
    fields: dict[Name, Name] = {}
    """Fields of the new record, each with the field of the other one whose value it begins with."""


class TypeDeclaration(Part):
    """One record type: everything that the product needs to run, show, print and check its records."""

    type: Name
    """The name of the type; the file is called `NAME.yaml`."""
    label: str
    """What people call one record."""
    plural: str
    """What people call several."""
    group: str = "Records"
    """Under which heading of the navigation its list stands."""
    icon: str = "document"
    """The picture beside it."""
    help: str = ""
    """A sentence for who creates one."""
    number: Numbering
    """How numbers are made."""
    title: Name
    """The field that names a record in lists and mails."""
    revisions: Revisions | None = None
    """One number with counted revisions, of which one is in force."""
    gxp: Gxp | None = None
    """Which rule asks for these records; without it the type is not regulated."""
    opens: Literal["always", "founding", "released"] = "released"
    """From which state of the installation on records can be created."""
    retention: Name
    """A class of `retention.yaml`."""
    create: list[Name] = Key(min_length=1)
    """Roles that may create a record."""
    owner: Name | None = None
    """The person field that names who answers for it."""
    department: Name | None = None
    """The link field that names the department; roles held for a department count there."""
    parent: Name | None = None
    """The link field that names the record to which this one belongs; what it asks for is said by rules."""
    begins_from: dict[Name, Beginning] = {}
    """Types of which a record can be taken as the beginning of a new one; offered on their pages."""
    trend: Trend | None = None
    """When repeats ask for a decision on CAPA; the rule `trends_are_decided` holds a move back until there is one."""
    keeps: list[Name] = []
    """Named rules that must hold with every change of content, the first one included."""
    comment: GenericAct | None = None
    """Who may comment."""
    resolve: GenericAct | None = None
    """Who may close a comment."""
    link: GenericAct | None = None
    """Who may link other records as context, and take such links away."""
    reassign: GenericAct | None = None
    """Who may hand the record to another owner."""
    extend: GenericAct | None = None
    """Who may move a due date, with a reason."""
    postpone: GenericAct | None = None
    """Who may move the day on which the system would act, with a reason."""
    restrict: GenericAct | None = None
    """Who may withhold content that must not be there, two together."""
    confirm: GenericAct | None = None
    """Who may confirm critical values as the second person."""
    certify: GenericAct | None = None
    """Who may bring in a signature on paper while the installation is being founded."""
    columns: list[Name] = []
    """The fields that stand in the list."""
    skeletons: dict[Name, Skeleton] = {}
    """Texts with which a new record may begin, by name."""
    layout: list[Section] = []
    """The cards of the record's page; every field stands in one."""
    fields: list[FieldDeclaration] = Key(min_length=1)
    """The fields."""
    initial: Name
    """The state in which a record begins."""
    order: list[Name] = []
    """The states in their order; taken from the file as it is written."""
    lifecycle: dict[Name, State] = Key(min_length=1)
    """The states by name, in the order of a record's life."""

    @model_validator(mode="before")
    @classmethod
    def _order_is_as_written(cls, given: Any) -> Any:
        # Canonical JSON sorts keys; phases, and with them what a signature covers, need the written order.
        states = given.get("lifecycle") if isinstance(given, dict) else None
        return {**given, "order": [*states]} if isinstance(states, dict) and not given.get("order") else given

    @property
    def noun(self) -> str:
        """Give the label inside of a sentence; an abbreviation stays as it is."""
        return self.label if self.label.isupper() else self.label.lower()

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


DUE = "due"  # in `at`, instead of a field: the day on which the work of the state is due
RELATIONS = frozenset({"its_author", "owner", "subject", "head_of_department", "system", "everybody"})
GENERIC = frozenset({
    "create", "edit", "amend", "revise", "comment", "resolve", "link", "unlink", "reassign", "extend", "postpone",
    "restrict", "certify", "confirm",
})  # fmt: skip

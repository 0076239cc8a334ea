"""The product's tables as their source declares them, and the files that may write them.

The list of writers below is the only one. A row is added with its reason, or not at all.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.architecture.source import PACKAGE, tree_of

TRUTH, PROJECTION, SCRATCH = KINDS = ("truth", "projection", "scratch")
PRACTICE = PACKAGE / "practice" / "models.py"
MODELS = (PACKAGE / "kernel" / "models", PRACTICE)


@dataclass(frozen=True)
class Exemption:
    """`files` (a pattern below the package) may do what others may not, for a reason."""

    files: str


@dataclass(frozen=True)
class Writer(Exemption):
    """May write `tables`: whole kinds, or single models by name."""

    tables: tuple[str, ...]
    reason: str


WRITERS = (
    Writer("kernel/statements*", KINDS, "the SQL of a batch, executed for the ledger alone (see GATES)"),
    Writer(
        "kernel/ledger*",
        (TRUTH, PROJECTION),
        "inserts an event with its version, signature and the head it moves",
    ),
    Writer(
        "kernel/projections*",
        (PROJECTION,),
        "turns the effects that stand in events into rows, also for rebuild",
    ),
    Writer("kernel/sequencer.py", ("LogPosition", "Pending"), "gives integrated events their global position"),
    Writer("infra/guards*", KINDS, "the bodies of the triggers that refuse every other writer"),
    Writer("infra/rows.py", KINDS, "loads a verified backup into an empty database, past the guards, which stay in place"),
    Writer("*/migrations/*", KINDS, "makes the tables; run by the owner, never by the running product"),
    Writer("*tamper*", KINDS, "plays the attacker, in a home whose first event says that it is simulated"),
    Writer(
        "assurance/qualification/installation/database.py",
        KINDS,
        "tries as the product's own account what must be refused; each attempt is undone in any case",
    ),
    Writer(
        "kernel/signatures*",
        ("Presence",),
        "a proof of presence, made before the transaction and used up in it",
    ),
    Writer("practice/accounts*", ("Account", "Token"), "credentials of a person, nothing that a record rests on"),
    Writer("kernel/reactions.py", ("Outbox",), "remembers that a reaction was done; the act itself went through the door"),
    Writer("practice/uploads.py", ("Upload",), "a file that somebody brought and that no record names yet"),
    Writer("practice/looks.py", ("Look",), "what somebody has looked at and ticked as viewed; read by nobody else"),
    Writer("infra/search.py", ("SearchEntry",), "the triggers that keep SQLite's word index beside its table"),
    Writer(
        "practice/indexing.py",
        ("SearchEntry", "FileText", "Follower"),
        "the words of present content, made from it and made again; nothing rests on them",
    ),
    Writer("practice/notices.py", ("Notice",), "which mail is to go out, and which went; what it tells of stands in tasks"),
    Writer("practice/rhythms.py", ("MailRhythm",), "how often a person wants mail; nothing that a record rests on"),
    Writer("practice/views.py", ("SavedView",), "the filters of a list under a name; never part of a record"),
    Writer(
        "practice/factors.py", ("Factor",), "second factors, kept beside the password; each change is an event of the person"
    ),
    Writer(
        "practice/sso.py",
        ("Identity",),
        "by which name an identity provider knows a person; each change is an event of the person",
    ),
    Writer("assurance/telling.py", ("Follower",), "how far the letters on access have followed the log"),
    Writer("assurance/securing.py", ("Follower",), "how far the security log and its mail have followed the log"),
    Writer("practice/drafts.py", ("Draft",), "what somebody is typing, for its owner alone; never part of a record"),
)


@dataclass(frozen=True)
class Gate:
    """`function` of `module` writes for whoever calls it, so only `files` may name it."""

    module: str
    function: str
    files: tuple[str, ...]
    reason: str


GATES = (
    Gate("kernel.statements", "execute", ("kernel/ledger*", "kernel/projections*", "kernel/sequencer*"),
         "executes any batch of rows that it is given"),
    Gate("kernel.statements", "mending", ("assurance/rebuild*",),
         "overwrites projections, which only a comparison with the whole truth may do"),
    Gate("kernel.ledger", "write", ("kernel/acts*", "kernel/genesis*"),
         "inserts events; whether they may happen the door decides (the first of a home has nobody to ask)"),
)  # fmt: skip


@dataclass(frozen=True)
class NotATable(Exemption):
    """A call that looks like a write and is none: it ends with `call`."""

    call: str
    reason: str


NOT_TABLES: tuple[NotATable, ...] = (
    NotATable("assurance/reviewing/workbook.py", "book.save(", "a workbook, into memory"),
    NotATable("infra/pictures.py", "plain.save(", "a picture made anew from its pixels, into memory"),
    NotATable("infra/underlay.py", "made.save(", "the pages of a reading copy, into memory"),
    NotATable("practice/conversion.py", "document.save(", "a word processor's file, into memory"),
    NotATable("project/demo/rasters.py", "made.save(", "a PDF, into memory"),
)


@dataclass(frozen=True)
class Model:
    name: str
    kind: str | None
    table: str | None


def _constant(body: list[ast.stmt], name: str) -> str | None:
    """Read `name = "..."` or `name: T = "..."` out of a class body."""
    for statement in body:
        target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
        if isinstance(target, ast.Name) and target.id == name:
            value = getattr(statement, "value", None)
            return str(value.value) if isinstance(value, ast.Constant) else None
    return None


def is_model(node: ast.ClassDef) -> bool:
    """See a table in a class: Django's base, one of auth's, or a Meta that names its table."""
    bases = {ast.unparse(base).split(".")[-1] for base in node.bases}
    meta = any(isinstance(part, ast.ClassDef) and _constant(part.body, "db_table") for part in node.body)
    return meta or bool(bases & {"Model", "AbstractBaseUser", "AbstractUser"})


@cache
def models(*places: Path) -> dict[str, Model]:
    """Read every model class of the product with its kind and its table."""
    paths = [path for place in places or MODELS for path in (sorted(place.rglob("*.py")) if place.is_dir() else [place])]
    found = {}
    for path in (path for path in paths if path.is_file()):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ClassDef) and is_model(node):
                inner = [part for part in node.body if isinstance(part, ast.ClassDef) and part.name == "Meta"]
                table = _constant(inner[0].body, "db_table") if inner else None
                found[node.name] = Model(node.name, _constant(node.body, "table_kind"), table)
    return found

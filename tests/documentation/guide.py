"""The reference of the validation guide: every row with where the product does it or keeps its evidence; what has neither is open."""

from __future__ import annotations

from collections.abc import Iterator

from indelible.assurance.boards import answering, guide, live
from indelible.assurance.catalogue import duties, loading
from indelible.assurance.catalogue.loading import Catalogue
from indelible.assurance.catalogue.requirement import Obligation
from indelible.practice import probing
from tests.documentation.tables import code, codes, page, plain, table

COLUMNS = ("Row", "What it asks for", "The product does it", "Evidence is kept", "Looked at by")


def reference() -> str:
    """Give the page of all rows of the guide, and of the probes that look at them."""
    catalogue = loading.load()
    rows = [one for one in catalogue.obligations.values() if one.id.startswith(guide.ROWS)]
    open_ones = [one for one in rows if is_open(catalogue, one)]
    told = (
        f"The {len(rows)} rows of the validation guide, in our own words: which [requirements](requirements.md) of the product do it, where "
        "the evidence of people's part is kept, and which probe looks at it by itself. The page **Rows of the guide** (`indelible panel "
        f"guide`) says how each row stands in an installation. Open, because nothing here does it or looks at it: {len(open_ones)}."
    )
    chapters = dict.fromkeys(_chapter(one) for one in rows)
    parts = (_table(catalogue, name, [one for one in rows if _chapter(one) == name]) for name in chapters)
    return page("Rows of the guide", told, *parts, _probes())


def is_open(catalogue: Catalogue, one: Obligation) -> bool:
    """Say whether nothing of the product does a row, and nothing looks at it by itself, or the catalogue says that it is open."""
    served = catalogue.naming(one.id) if one.kind != duties.PROCEDURES else []
    return bool(one.open) or not (served or answering.asked(one))


def _chapter(one: Obligation) -> str:
    return one.clause.partition(",")[0]


def _table(catalogue: Catalogue, name: str, rows: list[Obligation]) -> Iterator[str]:
    yield from (f"## {name[:1].upper()}{name[1:]}", "")
    yield from table(COLUMNS, (_row(catalogue, one) for one in rows))


def _row(catalogue: Catalogue, one: Obligation) -> tuple[str, ...]:
    served = codes(row.id for row in catalogue.naming(one.id))
    return (code(one.id), plain(one.text), f"**Open:** {plain(one.open)}" if one.open else served or "",
            _evidence(one) or ("" if served else "**Open**"), codes(answering.asked(one)) or ("" if served else "**Open**"))  # fmt: skip


def _evidence(one: Obligation) -> str:
    if one.evidence is None:
        return ""
    types = ", ".join(f"[{name.replace('_', ' ')}](types/{name}.md)" for name in one.evidence.types)
    return " ".join(filter(None, (plain(one.evidence.says), f"({types})" if types else "")))


def _probes() -> Iterator[str]:
    yield from (
        "## Probes",
        "",
        "What each of them looks at. A word behind its name says of what: `review trail_review`.",
        "",
    )
    named = {one.partition(" ")[0] for asked in live.probes().values() for one in asked}
    yield from table(
        ("Probe", "What it looks at"),
        ((code(name), plain(looks)) for name, looks in probing.list_probes().items() if name in named),
    )

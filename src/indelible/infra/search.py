"""The only place that knows how each engine finds words: an FTS5 table on SQLite, tsvector and GIN on PostgreSQL.

Both are made from the same columns of `search_entry`, which hold words in the sense of `infra.words`; neither engine
parses, stems or ranks anything, so both find the same. Entries are given newest first, by key, as far as asked for.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, connections
from django.db.models import Q
from django.db.models.expressions import RawSQL

from indelible.infra.words import Term

TITLE, TEXT = range(2)  # found in the title, or only in the rest
LAST, LATEST = chr(0x10FFFF), 1 << 62
NEWEST = 2000  # entries that PostgreSQL looks through one by one, before it asks its word index


def install(using: str = "default") -> None:
    """Make what the engine needs beside the table, where it is missing; needs the owner's rights, after each migrate."""
    made = _POSTGRES if connections[using].vendor == "postgresql" else _SQLITE
    with connections[using].cursor() as cursor:
        for statement in made:
            cursor.execute(statement)


def candidates(terms: Sequence[Term], where: int, *, before: int | None, size: int) -> list[int]:
    """Give the keys of the entries that hold all terms (in the title; or not all of them there), newest first.

    Nobody has asked yet who may see them: only a list that is filtered by what is visible may be shown.
    """
    if not terms or size < 1:
        return []
    if connection.vendor != "postgresql":
        sql, given = _matching(terms, where, before)
        return _keys(f"{sql} ORDER BY rowid DESC LIMIT %s", [*given, size])
    # Asked for the newest few, the planner walks backwards through all entries wherever it takes a word for frequent;
    # it is often wrong, and reads the whole table for a rare one. So the walk is short, and then the index answers.
    test, asked = _test(terms, where)
    last = LATEST if before is None else before
    newest = "(SELECT id, title_vector, words_vector FROM search_entry WHERE id < %s ORDER BY id DESC LIMIT %s) newest"
    found = _keys(f"SELECT id FROM {newest} WHERE {test} ORDER BY id DESC LIMIT %s", [last, NEWEST, *asked, size])
    if len(found) == size:
        return found
    sql, given = _matching(terms, where, before)
    return _keys(f"WITH found AS MATERIALIZED ({sql}) SELECT id FROM found ORDER BY id DESC LIMIT %s", [*given, size])


def mentioning(terms: Sequence[Term], *, size: int) -> list[int]:
    """Give the keys of the entries that hold all terms, wherever; newest first. For words that few have, such as numbers."""
    if not terms:
        return []
    if connection.vendor == "postgresql":
        asked = _asked(terms)
        found = "SELECT id FROM search_entry WHERE words_vector @@ %s::tsquery OR title_vector @@ %s::tsquery"
        given: list[str | int] = [asked, asked, size]
        return _keys(f"WITH found AS MATERIALIZED ({found}) SELECT id FROM found ORDER BY id DESC LIMIT %s", given)
    words = " AND ".join(f'"{term.word}"{"*" if term.begins else ""}' for term in terms)
    return _keys("SELECT rowid FROM search_words WHERE search_words MATCH %s ORDER BY rowid DESC LIMIT %s", [words, size])


def matching(terms: Sequence[Term], where: int, *, before: int | None) -> RawSQL:
    """Give the same keys, all of them, as a part of another query."""
    return RawSQL(*_matching(terms, where, before))  # noqa: S611 - words of letters and digits, as parameters


def begins(field: str, text: str, *, since: str = "") -> Q:
    """Give the condition that a column begins with a text, such that the engine's index answers it; from `since` on."""
    if connection.vendor == "postgresql":
        return Q(**{f"{field}__startswith": text, **({f"{field}__gte": since} if since else {})})
    # One lower bound and not two: SQLite goes through the index from the first that it reads.
    return Q(**{f"{field}__gte": since or text, f"{field}__lt": text + LAST})


def _keys(sql: str, given: Sequence[str | int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return [row[0] for row in cursor.fetchall()]


def _test(terms: Sequence[Term], where: int) -> tuple[str, list[str]]:
    asked = _asked(terms)
    if where == TITLE:
        return "title_vector @@ %s::tsquery", [asked]
    return "words_vector @@ %s::tsquery AND NOT title_vector @@ %s::tsquery", [asked, asked]


def _asked(terms: Sequence[Term]) -> str:
    return " & ".join(f"'{term.word}'{':*' if term.begins else ''}" for term in terms)


def _matching(terms: Sequence[Term], where: int, before: int | None) -> tuple[str, list[str | int]]:
    last = LATEST if before is None else before
    if connection.vendor == "postgresql":
        test, words = _test(terms, where)
        return f"SELECT id FROM search_entry WHERE {test} AND id < %s", [*words, last]
    asked = " AND ".join(f'"{term.word}"{"*" if term.begins else ""}' for term in terms)
    titled = f"title_words : ({asked})"
    match = titled if where == TITLE else f"(words : ({asked})) NOT ({titled})"
    return "SELECT rowid FROM search_words WHERE search_words MATCH %s AND rowid < %s", [match, last]


_SQLITE = (
    """CREATE VIRTUAL TABLE IF NOT EXISTS search_words USING fts5(title_words, words, content='search_entry',
    content_rowid='id', tokenize='ascii', detail='column', prefix='2 3 4')""",
    "DROP TRIGGER IF EXISTS search_entry_insert",
    """CREATE TRIGGER search_entry_insert AFTER INSERT ON search_entry BEGIN
    INSERT INTO search_words(rowid, title_words, words) VALUES (NEW.id, NEW.title_words, NEW.words); END""",
    "DROP TRIGGER IF EXISTS search_entry_delete",
    """CREATE TRIGGER search_entry_delete AFTER DELETE ON search_entry BEGIN
    INSERT INTO search_words(search_words, rowid, title_words, words)
    VALUES ('delete', OLD.id, OLD.title_words, OLD.words); END""",
    # SQLite's planner knows how selective an index is only from here; without it, it reads all records of a state to
    # see which of twenty found ones are among them. The figures are those of a large home and stay: so do its plans.
    "ANALYZE follower",
    "DELETE FROM sqlite_stat1",
    """INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('record', 'record_by_state', '100000 20000 10000 1000 1'),
    ('record', 'record_by_number', '100000 10000 1'),
    ('log_position', 'sqlite_autoindex_log_position_2', '1000000 500000 1')""",
)
_POSTGRES = (
    """ALTER TABLE search_entry ADD COLUMN IF NOT EXISTS title_vector tsvector
    GENERATED ALWAYS AS (array_to_tsvector(string_to_array(title_words, ' '))) STORED""",
    """ALTER TABLE search_entry ADD COLUMN IF NOT EXISTS words_vector tsvector
    GENERATED ALWAYS AS (array_to_tsvector(string_to_array(words, ' '))) STORED""",
    # Beside its row, and not in a table of its own that has to be visited for each entry.
    "ALTER TABLE search_entry ALTER COLUMN title_vector SET STORAGE MAIN",
    "ALTER TABLE search_entry ALTER COLUMN words_vector SET STORAGE MAIN",
    "CREATE INDEX IF NOT EXISTS search_entry_title ON search_entry USING gin (title_vector)",
    "CREATE INDEX IF NOT EXISTS search_entry_words ON search_entry USING gin (words_vector)",
)

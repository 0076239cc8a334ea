"""The only place that writes CSV: for people with a spreadsheet, who must not run what somebody typed into a record.

Every line also says where it comes from: its last columns are those of ORIGIN. So the file stays a plain table with
one head, and a line that was copied, sorted or merged elsewhere still names its environment (decision 0009).
"""

from __future__ import annotations

import csv
import json
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Sequence

from django.conf import settings
from django.http import StreamingHttpResponse
from django.utils.text import slugify

from indelible.faces.web.requests import Request
from indelible.infra import clock
from indelible.practice import exported

ORIGIN = ("Environment", "Exported by", "Exported at", "Filter", "Rows in export")
KEPT_IN_MEMORY = 4 * 1024 * 1024
FORMULA = ("=", "+", "-", "@", "\t", "\r")
MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


class _Line:
    """Gives each written line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def csv_answer(
    request: Request, what: str, head: Sequence[str], rows: Iterable[Sequence[str]], filters: Sequence[str]
) -> StreamingHttpResponse:
    """Answer with a CSV file: its first line is the head, then one line for each row, each with where it comes from.

    An export without rows has one line with the columns of its origin alone, so that it too says what was asked for.
    """
    view, zone = request.view, request.view.configuration.company.zone
    at = clock.in_zone(clock.now(), zone)
    kept = Kept(rows)
    if request.method == "GET":  # who asks for the head alone takes nothing away
        exported.note(view, what, kept.count, [*filters])
    who = f"{view.person.name} ({view.person.user_id})" if view.person else "System"
    origin = [settings.ENVIRONMENT.upper(), who, at, "; ".join(filters) or "none", str(kept.count)]
    answer = StreamingHttpResponse(_lines([*head, *ORIGIN], kept, origin), content_type="text/csv; charset=utf-8")
    name = f"{slugify(what)}-{settings.ENVIRONMENT}-{at[:16].replace(' ', '-').replace(':', '')}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


class Kept:
    """The rows of an export, read to the end before the first is sent: each line says how many there are.

    Many of them wait in a temporary file, which ends with this.
    """

    def __init__(self, rows: Iterable[Sequence[str]]) -> None:
        self.count = 0
        self._file = tempfile.SpooledTemporaryFile(KEPT_IN_MEMORY, "w+", encoding="utf-8")  # noqa: SIM115 - ended by the next line
        self._end = weakref.finalize(self, self._file.close)
        for row in rows:
            self.count += 1
            self._file.write(json.dumps(list(row)) + "\n")

    def __iter__(self) -> Iterator[list[str]]:
        """Give the rows again."""
        self._file.seek(0)
        return (json.loads(line) for line in self._file)


def safe(value: str) -> str:
    """Give a value that no spreadsheet takes for a formula."""
    return f"'{value}" if value.lstrip(" ").startswith(FORMULA) else value


def _lines(head: Sequence[str], kept: Kept, origin: Sequence[str]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield MARK + writer.writerow(head)
    nothing = [""] * (len(head) - len(origin))
    for row in kept if kept.count else [nothing]:
        yield writer.writerow([safe(value) for value in [*row, *origin]])

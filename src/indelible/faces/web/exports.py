"""The only place that writes CSV: for people with a spreadsheet, who must not run what somebody typed into a record."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence

from django.conf import settings
from django.http import StreamingHttpResponse
from django.utils.text import slugify

from indelible.infra import clock
from indelible.kernel import config

FORMULA = ("=", "+", "-", "@", "\t", "\r")
MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


class _Line:
    """Gives each written line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def csv_answer(what: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> StreamingHttpResponse:
    """Answer with a CSV file that names what, where from and when; its first line is the head, one line for each row."""
    zone = config.current().company.zone
    at = clock.in_zone(clock.now(), zone)[:16].replace(" ", "-").replace(":", "")
    answer = StreamingHttpResponse(_lines(head, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{slugify(what)}-{settings.ENVIRONMENT}-{at}.csv"'
    return answer


def safe(value: str) -> str:
    """Give a value that no spreadsheet takes for a formula."""
    return f"'{value}" if value.lstrip(" ").startswith(FORMULA) else value


def _lines(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield MARK + writer.writerow(head)
    for row in rows:
        yield writer.writerow([safe(value) for value in row])

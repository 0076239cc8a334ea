"""What a document must have before people spend their time on it."""

from __future__ import annotations

from indelible.kernel.case import Case
from indelible.kernel.rules import rule


@rule("content_complete")
def content_complete(case: Case) -> str | None:
    """A document has text or a file before it is sent for review."""
    return None if case.value("text") or case.value("file") else "There is neither text nor a file."


@rule("reviewers_are_not_authors")
def reviewers_are_not_authors(case: Case) -> str | None:
    """Who reviews did not write it."""
    writers = {str(case.head.author_id), *case.head.marks.get("editors", [])}
    clash = writers & set(case.named_people("reviewers"))
    return "A reviewer wrote or edited this document; name somebody else." if clash else None

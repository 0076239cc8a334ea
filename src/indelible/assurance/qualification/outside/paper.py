"""The only place that reads a PDF: its text, page by page, by a library that has never seen the product."""

from __future__ import annotations

import io
import re

from pypdf import PdfReader

SPACES = re.compile(r"\s+")


def pages(content: bytes) -> list[str]:
    """Give the text of each page with single spaces; raises pypdf.errors.PdfReadError for what is no PDF."""
    return [SPACES.sub(" ", page.extract_text()) for page in PdfReader(io.BytesIO(content)).pages]


def text(content: bytes) -> str:
    """Give the text of all pages."""
    return " ".join(pages(content))


def squeezed(words: str) -> str:
    """Give text without any space: lines break inside of hashes and long words."""
    return SPACES.sub("", words)

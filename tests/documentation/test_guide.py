"""The page of the guide's rows leaves none out, and its links lead to pages and requirements that are there."""

from __future__ import annotations

import re

import pytest

from indelible.assurance.catalogue import loading
from tests.documentation import guide, reference

pytestmark = pytest.mark.engine_free


def rows() -> dict[str, str]:
    """Give the lines of the page by the row that each is about."""
    return {found[1]: line for line in guide.reference().splitlines() if (found := re.match(r"\| `(GUIDE-[^`]+)` \|", line))}


def test_every_row_stands_there_once_and_says_who_does_it_where_its_evidence_is_or_that_it_is_open() -> None:
    catalogue, found = loading.load(), rows()

    assert sorted(found) == sorted(name for name in catalogue.obligations if name.startswith("GUIDE-"))
    silent = [
        name for name, line in found.items() if not re.search(r"URS-|\*\*Open", line) and "`" not in line.partition("` |")[2]
    ]
    assert silent == []
    undone = [name for name in found if guide.is_open(catalogue, catalogue.obligations[name])]
    assert all("**Open" in found[name] for name in undone)


def test_each_link_leads_to_a_page_and_each_requirement_is_one() -> None:
    page, known = guide.reference(), loading.load().requirements

    assert [to for to in re.findall(r"\]\(([^)]+)\)", page) if not (reference.PLACE / to).is_file()] == []
    assert set(re.findall(r"`(URS-[A-Z]+-\d+)`", page)) <= set(known)

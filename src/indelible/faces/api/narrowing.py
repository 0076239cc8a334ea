"""The filters that every list knows, whatever its type, as the OpenAPI document prints them."""

from __future__ import annotations

from typing import Annotated

from ninja import Query, Schema

from indelible.practice import narrowing

OWN = ("cursor", "limit", "state", "q", *narrowing.NAMES)


class Narrowing(Schema):
    """By state, words, lateness, the days on which a record was begun or ended, and what a module calls a part."""

    state: Annotated[str | None, Query(description="States, separated by commas.")] = None
    q: Annotated[str | None, Query(description="Part of number or title.")] = None
    late: Annotated[str | None, Query(pattern="^[01]$", description="1: past their due date only; 0: the others.")] = None
    begun_from: Annotated[str | None, Query(max_length=10, description="The first day, in the company's zone.")] = None
    begun_until: Annotated[str | None, Query(max_length=10, description="The last day.")] = None
    ended_from: Annotated[
        str | None, Query(max_length=10, description="Ended on this day or later, opened again or not.")
    ] = None
    ended_until: Annotated[str | None, Query(max_length=10, description="Ended on this day or earlier.")] = None
    among: Annotated[
        str | None, Query(max_length=200, description="Named parts that a module declares, separated by commas.")
    ] = None

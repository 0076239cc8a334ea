"""The shapes of the modules' own pages, as the OpenAPI document prints them."""

from __future__ import annotations

from indelible.faces.api.shapes import Shown


class PanelName(Shown):
    """A module's own page: `of` names the types of whose records it is one; empty for one of the whole company."""

    name: str
    label: str
    help: str
    of: list[str]


class PanelList(Shown):
    """The list that holds exactly the records that a figure counts: `GET /records/{type}` with these filters."""

    type: str
    filters: dict[str, str]


class PanelWork(Shown):
    """The work that a figure counts: `GET /people/{person}/due` with these."""

    person: str
    first: str | None
    last: str | None
    late: bool


class PanelCell(Shown):
    """One value of a page; `number` of the record to which it leads; `list` where it counts records, `work` where somebody's work,
    `table` where the rows that it counts stand in the table of this title; `page` the address of another page of this
    installation; `note` says more of it, such as the class of a risk."""

    text: str
    number: str | None
    late: bool
    list: PanelList | None
    work: PanelWork | None
    table: str | None
    page: str | None
    note: str


class PanelTable(Shown):
    """Rows under headings; `note` says what a reader has to know of the figures."""

    title: str
    note: str
    columns: list[str]
    rows: list[list[PanelCell]]


class PanelSheet(Shown):
    """What a module's own page says."""

    name: str
    label: str
    of: str | None
    lead: str
    tables: list[PanelTable]

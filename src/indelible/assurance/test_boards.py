"""OQ of the boards: a state follows from what is there, a lack turns it, every way leads somewhere, and who does not oversee sees nothing."""

from __future__ import annotations

import pytest

STATES = ("Shown", "Not shown", "Open")
COMPANIES = "SELECT number FROM record WHERE type = 'company' ORDER BY number"
COUNTING = """SELECT k.target AS number FROM record l JOIN link k ON k.record_id = l.id WHERE l.type = 'certification_letter'
    AND k.relation = 'company' AND l.state IN ('filed', 'questioned', 'not_applicable', 'reconsidered')"""
ACCEPTED = "SELECT number FROM record WHERE type = 'supplier_evidence' AND state = 'accepted'"


def sheet(person, name):
    """Give a board as a program reads it: its tables by title."""
    return {table["title"]: table for table in person.api("GET", f"/panels/{name}").json["tables"]}


def rows(table):
    """Give the rows of a table, each by its headings."""
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]


def said(tables, clause):
    """Give the state of the first row of a clause of Part 11."""
    return next(row["State"]["text"] for row in rows(tables["21 CFR Part 11"]) if row["Clause"]["text"] == clause)


@pytest.mark.needs("certification_letter", "company")
@pytest.mark.script(
    "OQ-BRD-001",
    title="A clause is shown while its record is there, and not shown as soon as one lacks",
    negative=True,
    requirements=("URS-BRD-001",),
)
def test_readiness(steps, site, database):
    """The state of 11.100(c) is compared with the tables; a further legal entity without a letter turns it; people cannot set a state."""
    person, made = site.person("qa_approver"), {}

    def owed():
        counting = {one["number"] for one in database.rows(COUNTING)}
        return [one["number"] for one in database.rows(COMPANIES) if one["number"] not in counting]

    @steps(
        "Read the board",
        expected="rows without one of the three states: 0; sources: 21 CFR Part 11, EU Annex 11 (2011), ALCOA+",
    )
    def _():
        found = sheet(person, "readiness")
        sources = [name for name in ("21 CFR Part 11", "EU Annex 11 (2011)", "ALCOA+") if len(found[name]["rows"]) > 10]
        odd = [
            row
            for name in (*sources, "Common deficiencies")
            for row in rows(found[name])
            if row["State"]["text"] not in STATES
        ]
        return f"rows without one of the three states: {len(odd)}; sources: {', '.join(sources)}"

    @steps(
        "Compare 11.100(c) with the letters in the database", given="SQL", expected="the board says what the tables say: yes"
    )
    def _():
        wanted = "Shown" if database.rows(COUNTING) and not owed() else "Not shown"
        return f"the board says what the tables say: {'yes' if said(sheet(person, 'readiness'), '11.100(c)') == wanted else 'no'}"

    @steps(
        "Enter a further legal entity, of which no letter is filed, and read again",
        expected="201; owed by the tables: yes; Not shown",
    )
    def _():
        answer = site.make("company", "qa_ops", name="Board Example Company, Inc.", address="2 Main Street, Springfield")
        made["number"] = answer.number
        there = "yes" if made["number"] in owed() else "no"
        return f"{answer.said}; owed by the tables: {there}; {said(sheet(person, 'readiness'), '11.100(c)')}"

    @steps("Look for a product's part that is shown without an official run", expected="shown without one: 0")
    def _():
        found = sheet(person, "readiness")
        claimed = [
            row for row in rows(found["21 CFR Part 11"]) if row["The product"]["text"] and row["State"]["text"] == "Shown"
        ]
        official = [row for row in claimed if "Its tests passed in" in row["The product"]["text"]]
        return f"shown without one: {len(claimed) - len(official)}"

    @steps("Try to set a state: write to the board", given="PUT and POST", expected="refused: 2 of 2")
    def _():
        tried = [person.api(method, "/panels/readiness", {"state": "Shown"}).ok for method in ("PUT", "POST")]
        return f"refused: {tried.count(False)} of {len(tried)}"


@pytest.mark.needs("gxp_system", "supplier", "supplier_evidence")
@pytest.mark.script(
    "OQ-BRD-002",
    title="Each row of shared responsibility names whose duty it is, and no row of the platform is shown without a review",
    negative=True,
    requirements=("URS-BRD-002",),
)
def test_responsibility(steps, site, database):
    """Rows are counted by layer; what the project does is never shown where the tables hold no accepted evidence of a supplier."""
    person = site.person("qa_approver")

    @steps("Read the board", expected="layers: 6; rows without whose duty it is: 0; without a state: 0")
    def _():
        tables = sheet(person, "responsibility")
        found = [row for table in tables.values() for row in rows(table)]
        bare = [row for row in found if not row["Whose"]["text"]]
        odd = [row for row in found if row["State"]["text"] not in STATES]
        return f"layers: {len(tables)}; rows without whose duty it is: {len(bare)}; without a state: {len(odd)}"

    @steps(
        "Compare the rows of the platform with accepted evidence in the database",
        given="SQL",
        expected="shown, and nothing was accepted: 0",
    )
    def _():
        shown = [row for row in rows(sheet(person, "responsibility")["Platform"]) if row["State"]["text"] == "Shown"]
        return f"shown, and nothing was accepted: {0 if database.rows(ACCEPTED) else len(shown)}"


@pytest.mark.script(
    "OQ-BRD-003",
    title="Every row of the guide is listed once, and each of its ways leads to a page",
    requirements=("URS-BRD-003",),
)
def test_guide(steps, site):
    """The rows are counted against the obligations that the product itself lists on another page; each way is followed."""
    person = site.person("qa_approver")

    @steps(
        "Read the rows",
        expected="more than 100 rows: yes; listed twice: 0; with neither product nor evidence and not open: 0",
    )
    def _():
        found = [row for title, table in sheet(person, "guide").items() if title != "In figures" for row in rows(table)]
        names = [row["Row"]["text"] for row in found]
        bare = [
            row
            for row in found
            if not (row["Product does it"]["page"] or row["Evidence"]["page"] or row["Evidence"]["number"])
        ]
        odd = [row for row in bare if row["State"]["text"] != "Open" and not row["Why"]["text"]]
        many = "yes" if len(names) > 100 else "no"
        return (
            f"more than 100 rows: {many}; listed twice: {len(names) - len({*names})}; "
            f"with neither product nor evidence and not open: {len(odd)}"
        )

    @steps("Follow each way of evidence", expected="ways that lead nowhere: none")
    def _():
        found = [row for title, table in sheet(person, "guide").items() if title != "In figures" for row in rows(table)]
        pages = {row["Evidence"]["page"] for row in found if row["Evidence"]["page"]}
        lost = sorted(page for page in pages if person.get(page).status != 200)
        return f"ways that lead nowhere: {', '.join(lost) or 'none'}"


@pytest.mark.needs("role:guest_inspector")
@pytest.mark.script(
    "OQ-BRD-004",
    title="Each question of inspectors leads to its page, for Quality and for an inspector, and to nobody without a role",
    negative=True,
    requirements=("URS-BRD-004", "URS-BRD-005"),
)
def test_questions(steps, site):
    """One act opens the questions, one the answer. A reader finds neither questions nor boards; an inspector finds no board."""

    def answered(who):
        person = site.person(who)
        found = rows(sheet(person, "inspector-asks")["What inspectors ask"])
        ways = [(row["No."]["text"], row[way]["page"]) for row in found for way in ("Go to", "Or to") if row[way]["page"]]
        lost = [f"{number} {page}" for number, page in ways if person.get(page).status != 200]
        silent = [row for row in found if not row["Go to"]["page"] and "annot" not in row["What is shown there"]["text"]]
        return (
            f"questions: {len(found)}; lead nowhere: {', '.join(lost) or 'none'}; neither a way nor its words: {len(silent)}"
        )

    @steps("Follow every way as Quality", expected="questions: 33; lead nowhere: none; neither a way nor its words: 0")
    def _():
        return answered("qa_approver")

    @steps("Follow every way as an inspector", expected="questions: 33; lead nowhere: none; neither a way nor its words: 0")
    def _():
        return answered("guest_inspector")

    @steps("Open the boards as an inspector", expected="readiness 404, responsibility 404, guide 404")
    def _():
        person = site.person("guest_inspector")
        return ", ".join(f"{one} {person.get(f'/panels/{one}').status}" for one in ("readiness", "responsibility", "guide"))

    @steps(
        "Open all of them as a reader, on pages and by the API",
        expected="pages: 404, 404, 404, 404; API: 404, 404, 404, 404",
    )
    def _():
        person, names = site.person("reader"), ("readiness", "responsibility", "guide", "inspector-asks")
        pages = ", ".join(str(person.get(f"/panels/{one}").status) for one in names)
        return f"pages: {pages}; API: {', '.join(str(person.api('GET', f'/panels/{one}').status) for one in names)}"

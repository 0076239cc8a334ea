"""OQ of registers: an entry that a record names is kept under its number, with every version."""

from __future__ import annotations

import json

import pytest

VERSIONS = (
    "SELECT v.number, v.content FROM version v JOIN record r ON r.id = v.record_id WHERE r.number = ? ORDER BY v.number"
)


def yes(it):
    return "yes" if it else "no"


@pytest.mark.needs("product.active.retire", "product:name", "lot:product")
@pytest.mark.script(
    "OQ-REG-001",
    title="An entry that a record names is kept under its number with its versions",
    negative=True,
    requirements=("URS-REG-001",),
)
def test_an_entry_is_kept(steps, site, reading, database):
    """Renamed and retired, it is found under the same number, as it was when it was named; nobody takes it or its old name away."""
    made, keeper = {}, site.person("qa_ops")
    field = str(reading.fields("product")["name"]["id"])

    def names():
        return ", ".join(
            str(json.loads(row["content"])["fields"][field]) for row in database.rows(VERSIONS, made["product"])
        )

    def named():
        found = site.person("reader").fields(made["lot"])["product"]
        return f"the lot names it: {yes([one['number'] for one in found] == [made['product']])}"

    @steps("Enter a product, and a lot that names it", expected="201; 201; the lot names it: yes; versions: Old Name")
    def _():
        product = site.make("product", "qa_ops", name="Old Name")
        made["product"] = product.number
        lot = site.make("lot", "qa_ops", product=[made["product"]])
        made["lot"] = lot.number
        return f"{product.said}; {lot.said}; {named()}; versions: {names()}"

    @steps("Rename it as a reader", expected="done: no; versions: Old Name")
    def _():
        answer = site.person("reader").edit(made["product"], name="A Reader's Name")
        return f"done: {yes(answer.ok)}; versions: {names()}"

    @steps("Rename it as quality operations", expected="done: yes; the lot names it: yes; versions: Old Name, New Name")
    def _():
        answer = keeper.edit(made["product"], name="New Name")
        return f"done: {yes(answer.ok)}; {named()}; versions: {names()}"

    @steps("Read its timeline on the page", expected="both names: yes")
    def _():
        words = site.person("reader").get(f"/r/{made['product']}/timeline").words
        return f"both names: {yes('Old Name' in words and 'New Name' in words)}"

    @steps(
        "Write over the old version, take it away, take away the entry, give it another number, in the database itself",
        given="SQL, as whoever holds the tables",
        expected="0 done; versions: Old Name, New Name",
    )
    def _():
        record = database.value("SELECT id FROM record WHERE number = ?", made["product"])
        answers = [
            database.attempt("UPDATE version SET content = '{}' WHERE record_id = ? AND number = 1", record),
            database.attempt("DELETE FROM version WHERE record_id = ? AND number = 1", record),
            database.attempt("DELETE FROM record WHERE id = ?", record),
            database.attempt("UPDATE record SET number = 'PRD-GONE' WHERE id = ?", record),
        ]
        return f"{answers.count('done')} done; versions: {names()}"

    @steps("Take it away over the interface", given="DELETE", expected="refused: yes; there: yes")
    def _():
        answer = keeper.api("DELETE", f"/records/product/{made['product']}", Idempotency_Key="script-" + made["product"])
        return f"refused: {yes(answer.status >= 400)}; there: {yes(keeper.read(made['product']).status == 200)}"

    @steps("Retire it, and read entry and lot", expected="retired; the lot names it: yes; versions: Old Name, New Name")
    def _():
        state = site.walk(made["product"], "retire")
        return f"{state}; {named()}; versions: {names()}"

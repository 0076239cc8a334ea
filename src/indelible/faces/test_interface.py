"""OQ of the interfaces and PQ of an inspection: what is asked for is found, read and taken along, and nothing is changed by it."""

from __future__ import annotations

import json

import pytest


def yes(it):
    return "yes" if it else "no"


@pytest.mark.needs("document", "deviation", "role:guest_inspector")
@pytest.mark.script(
    "PQ-INS-001",
    title="An inspector finds, reads and takes along what is asked for, and changes nothing",
    negative=True,
    requirements=("URS-CPY-006", "URS-CPY-002", "URS-API-005", "URS-AUT-001", "URS-SYS-014"),
)
def test_an_inspection(steps, site, database):
    """By number, by words and by list; page, timeline and copy; with as many events afterwards as before."""
    made = {}

    @steps("A procedure is in force", expected="effective")
    def _():
        made["number"] = site.effective(title="Cryopreservation of inspected samples")
        return site.person("author").state(made["number"])

    @steps("The inspector finds it by number, by a word of its title, and in the list", expected="yes, yes, yes")
    def _():
        import time

        guest = site.person("guest_inspector")
        for _ in range(40):
            found = guest.get("/search", q="Cryopreservation").text
            if made["number"].partition(".")[0] in found:
                break
            time.sleep(0.5)
        series = made["number"].partition(".")[0]
        return f"{yes(guest.get('/r/' + series).status == 200)}, {yes(series in found)}, {yes(series in guest.get('/records/document').text)}"

    @steps("The inspector reads page, timeline and printed copy with its trail", expected="200, 200, with the title: yes")
    def _():
        made["before"] = database.value("SELECT count(*) AS n FROM event")
        guest = site.person("guest_inspector")
        page, timeline = guest.get(f"/r/{made['number']}"), guest.get(f"/r/{made['number']}/timeline")
        return f"{page.status}, {timeline.status}, with the title: {yes('Cryopreservation' in guest.pdf(made['number'], trail=True))}"

    @steps("Every page says that this is a demonstration or a copy", expected="yes")
    def _():
        site_text = site.person("guest_inspector").get(f"/r/{made['number']}").text
        return yes("data-env=" in site_text)

    @steps(
        "The inspector tries to comment, edit, sign and export refusals",
        expected="0 done; events of records by the inspector: 0",
    )
    def _():
        guest = site.person("guest_inspector")
        done = [
            guest.edit(made["number"], title="x").ok,
            guest.sign(made["number"], "retire", "An inspector tries").signed == "signed",
            guest.create("deviation", title="x").ok,
        ]
        rows = [json.loads(row["payload"]) for row in database.rows("SELECT payload FROM event ORDER BY id DESC LIMIT 200")]
        mine = [one for one in rows if one["by"].get("user_id") == "q.guest_inspector" and one["type"] == "document"]
        return f"{sum(done)} done; events of records by the inspector: {len(mine)}"


@pytest.mark.needs("document")
@pytest.mark.script(
    "OQ-API-001",
    title="The interface refuses what is not well-formed, field by field",
    negative=True,
    requirements=("URS-API-004", "URS-API-001"),
)
def test_malformed_bodies(steps, site, database):
    """No JSON, another shape, unknown keys, no key of idempotency, an unknown type: refused without a trace in the records."""
    made = {}

    @steps("Send what is no record", given="a list, a text, an unknown key, no fields", expected="422, 422, 422, 422")
    def _():
        person = site.person("author")
        made["before"] = database.value("SELECT count(*) AS n FROM record")
        bodies = ([1, 2], "text", {"fields": {"title": "x", "class": "procedure"}, "extra": 1}, {})
        return ", ".join(
            str(person.api("POST", "/records/document", body, Idempotency_Key=f"bad-{at}").status)
            for at, body in enumerate(bodies)
        )

    @steps("Send it without a key, and to a type that does not exist", expected="400, 404")
    def _():
        person, body = site.person("author"), {"fields": {"title": "x", "class": "procedure"}}
        return f"{person.api('POST', '/records/document', body).status}, {person.api('POST', '/records/no_such_type', body, Idempotency_Key='bad-type').status}"

    @steps("Count the records", given="SQL", expected="none more: yes")
    def _():
        return f"none more: {yes(database.value('SELECT count(*) AS n FROM record') == made['before'])}"


@pytest.mark.needs("document")
@pytest.mark.script("OQ-API-002", title="Text that people write runs nowhere", negative=True, requirements=("URS-IDN-030",))
def test_hostile_text(steps, site):
    """A title and a text with program code are shown as they were written, on page, list, timeline and search."""
    made, code = {}, "<script>alert(1)</script><img src=x onerror=alert(2)>"

    @steps("Write a document with code in title and text", expected="201")
    def _():
        answer = site.make(
            "document", "author", title=f"Hostile {code}", text=f"## 1 {code}\n\n{code} [a](javascript:alert(3))"
        )
        made["number"] = answer.number
        return answer.said

    @steps("Open page, list, timeline and edit form", expected="runs anywhere: no; page shows it as text: yes")
    def _():
        person = site.person("author")
        pages = [
            person.get(path).text
            for path in (
                f"/r/{made['number']}",
                "/records/document",
                f"/r/{made['number']}/timeline",
                f"/r/{made['number']}/edit",
            )
        ]
        runs = any("<script>alert(1)" in page or "<img src=x" in page or 'href="javascript:' in page for page in pages)
        return f"runs anywhere: {yes(runs)}; page shows it as text: {yes('&lt;script&gt;' in pages[0])}"


@pytest.mark.script(
    "OQ-SYS-001",
    title="The server names no host that it does not know, and says how it is",
    negative=True,
    requirements=("URS-IDN-032", "URS-SYS-012"),
)
def test_hosts_and_health(steps, site):
    """A request under a foreign name is refused; health answers without a session and without content."""

    @steps("Ask under a foreign name", given="Host: evil.example", expected="200: no")
    def _():
        visitor = site.nobody()
        answer = visitor._send("GET", "/login", headers={"Host": "evil.example"})  # noqa: SLF001 - with headers or bytes of its own
        return f"200: {yes(answer.status == 200)}"

    @steps("Ask whether it is ready", expected="200")
    def _():
        return str(site.nobody().get("/readyz").status)

    @steps("Read the headers of a page", expected="content policy: yes; no framing: yes; not kept in caches: yes")
    def _():
        headers = site.person("reader").get("/").headers
        return (
            f"content policy: {yes('default-src' in headers.get('content-security-policy', ''))}; no framing: "
            f"{yes('none' in headers.get('content-security-policy', '') or headers.get('x-frame-options') == 'DENY')}; not kept in caches: "
            f"{yes('no-store' in headers.get('cache-control', ''))}"
        )

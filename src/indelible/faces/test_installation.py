"""OQ of an installation: founded once, upgraded without touching a record, open to inspection, and reached by https alone where it says so."""

from __future__ import annotations

import json
import re
import time

import pytest

OF_RECORDS = ("version", "event", "signature", "refusal", "baseline")


def yes(it):
    return "yes" if it else "no"


def as_recorded(own):
    """Give every recorded row of an own home as it is kept."""
    return {table: own.database.rows(f"SELECT * FROM {table} ORDER BY 1") for table in OF_RECORDS}  # noqa: S608 - names above


@pytest.mark.script(
    "OQ-SYS-018",
    title="An installation is founded once, and its first entries say what it is",
    negative=True,
    requirements=("URS-SYS-016",),
)
def test_founding(steps, own):
    """Name, zone, build and configuration are the first entries; a second founding is refused and changes nothing."""
    name, zone, made = "Founded by a Script", "Pacific/Auckland", {}

    @steps("Found a home", given=f"{name}, {zone}", expected="exit 0; a one-time link of the first administrator: yes")
    def _():
        ran = own.found("--environment", "validation", "--name", name, "--zone", zone)
        return f"exit {ran.code}; a one-time link of the first administrator: {yes(ran.json['admin_link'].startswith('/link/'))}"

    @steps(
        "Read the first entry and the first baseline",
        given="SQL",
        expected="event 1: installation.created, by the system; name, zone, build, configuration: yes, yes, yes, yes",
    )
    def _():
        first = json.loads(own.database.rows("SELECT payload FROM event ORDER BY id LIMIT 1")[0]["payload"])
        base = own.database.rows("SELECT number, content, sha256 FROM baseline ORDER BY number")
        version = own.database.rows("SELECT content FROM version ORDER BY id LIMIT 1")[0]["content"]
        said = first["effects"]["head"]["title"] == name, first["zone"] == zone, first["build"] in version and first["build"]
        fits = len(base) == 1 and base[0]["sha256"] == first["baseline"] and zone in base[0]["content"]
        return (
            f"event 1: {first['event']}, by {'the system' if first['by']['via'] == 'system' else first['by']}; "
            f"name, zone, build, configuration: {', '.join(yes(one) for one in (*said, fits))}"
        )

    @steps("Found it a second time", expected="exit 0: no; said that a genesis happens once: yes; rows as before: yes")
    def _():
        made["before"] = as_recorded(own)
        ran = own.found("--environment", "validation", "--name", "Another Company")
        same = as_recorded(own) == made["before"]
        return f"exit 0: {yes(ran.code == 0)}; said that a genesis happens once: {yes('once' in ran.errors)}; rows as before: {yes(same)}"

    @steps("Take home.json away and found it again", expected="exit 0: no; rows as before: yes")
    def _():
        kept = own.home / "home.json"
        kept.rename(own.home.parent / "home.json")
        ran = own.found("--environment", "validation", "--name", "Another Company")
        (own.home.parent / "home.json").rename(kept)
        return f"exit 0: {yes(ran.code == 0)}; rows as before: {yes(as_recorded(own) == made['before'])}"

    @steps("Change the first entry", given="SQL: UPDATE, DELETE", expected="done: no, no")
    def _():
        tried = (
            own.database.attempt("UPDATE event SET payload = '{}' WHERE id = (SELECT min(id) FROM event)"),
            own.database.attempt("DELETE FROM event WHERE id = (SELECT min(id) FROM event)"),
        )
        return "done: " + ", ".join(yes(one == "done") for one in tried)


@pytest.mark.script(
    "OQ-SYS-019",
    title="An upgrade says beforehand what it would do, and touches no recorded row",
    negative=True,
    requirements=("URS-SYS-017",),
)
def test_upgrading(steps, own):
    """A guard that lacks and another build: named, left alone by the check, mended by the upgrade; a newer database is refused."""
    made, guard = {}, "version_guard_update"

    def guarded():
        return own.database.value("SELECT count(*) AS n FROM sqlite_master WHERE name = ?", guard) == 1

    @steps(
        "Found a home and ask what an upgrade would do", given="indelible upgrade --check", expected="exit 0, 0; steps: none"
    )
    def _():
        founded, ran = own.found("--environment", "validation"), own.run("upgrade", "--check", "--json")
        return f"exit {founded.code}, {ran.code}; steps: {', '.join(ran.json['steps']) or 'none'}"

    @steps(
        "Take a guard away and ask again", expected=f"exit 1; the guard named: yes; {guard} there: no; rows as before: yes"
    )
    def _():
        made["before"] = as_recorded(own)
        own.change(f"DROP TRIGGER {guard}")
        ran = own.run("upgrade", "--check", "--json")
        named, same = any(guard in one for one in ran.json["steps"]), as_recorded(own) == made["before"]
        return (
            f"exit {ran.code}; the guard named: {yes(named)}; {guard} there: {yes(guarded())}; rows as before: {yes(same)}"
        )

    @steps("Upgrade", given="indelible upgrade", expected=f"exit 0; {guard} there: yes; rows as before: yes")
    def _():
        ran = own.run("upgrade", "--json")
        return f"exit {ran.code}; {guard} there: {yes(guarded())}; rows as before: {yes(as_recorded(own) == made['before'])}"

    @steps("Ask once more", expected="exit 0; steps: none; changing a version: refused")
    def _():
        ran = own.run("upgrade", "--check", "--json")
        tried = own.database.attempt("UPDATE version SET content = '{}' WHERE id = 1")
        return f"exit {ran.code}; steps: {', '.join(ran.json['steps']) or 'none'}; changing a version: {'done' if tried == 'done' else 'refused'}"

    @steps("Let the tables be newer than the build and upgrade", expected="exit 0: no; said newer: yes; rows as before: yes")
    def _():
        own.change(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('kernel', '9999_of_a_later_build', '2030-01-01 00:00:00')"
        )
        ran = own.run("upgrade", "--json")
        same = as_recorded(own) == made["before"]
        return f"exit 0: {yes(ran.code == 0)}; said newer: {yes('newer than this build' in ran.errors)}; rows as before: {yes(same)}"


@pytest.mark.needs("role:guest_inspector")
@pytest.mark.script(
    "OQ-SYS-020",
    title="What runs here is open to whoever inspects, and to nobody from outside",
    negative=True,
    requirements=("URS-SYS-015",),
)
def test_about(steps, site, database, reading):
    """Compared with SQL and the independent reading; interfaces and documents stand on the pages that it leads to."""
    made = {}

    @steps(
        "Open the page About as an inspector",
        expected="200; company, zone, engine, build, baseline: yes, yes, yes, yes, yes",
    )
    def _():
        page = made["page"] = site.person("guest_inspector").get("/about")
        last = json.loads(database.rows("SELECT payload FROM event ORDER BY id DESC LIMIT 1")[0]["payload"])
        base = str(database.value("SELECT sha256 FROM baseline ORDER BY number DESC LIMIT 1"))
        squeezed = re.sub(r"\s", "", page.words)
        said = (
            reading.company.get("name", "") in page.words,
            last["zone"] in page.words,
            {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[database.engine] in page.words,
            last["build"].partition("+")[0] in page.words and last["build"].partition("+")[2] in squeezed,
            base[:16] in squeezed,
        )
        return f"{page.status}; company, zone, engine, build, baseline: {', '.join(yes(one) for one in said)}"

    @steps(
        "Look for the environment and what it is built from",
        expected="environment: yes; types and roles counted: yes; packages: yes",
    )
    def _():
        words = made["page"].words
        counted = f"Types of record {len(reading.types)}" in words and f"Roles {len(reading.roles)}" in words
        return f"environment: {yes('Environment' in words)}; types and roles counted: {yes(counted)}; packages: {yes('Built from' in words)}"

    @steps(
        "Follow it to the configuration, the installation's record, the interface for programs and the documents",
        expected="configuration: 200; record: 200; interface: 200; documents: 200",
    )
    def _():
        inspector, number = (
            site.person("guest_inspector"),
            database.value("SELECT number FROM record WHERE type = 'installation'"),
        )
        linked = {path: f'href="{path}"' in made["page"].text for path in ("/configuration", f"/r/{number}")}
        told = {path: inspector.get(path).status if on else "not linked" for path, on in linked.items()}
        interface = inspector.api("GET", "/openapi.json").status
        documents = inspector.get("/records/document").status if "document" in reading.types else 200
        first, second = told.values()
        return f"configuration: {first}; record: {second}; interface: {interface}; documents: {documents}"

    @steps("Open it as nobody", expected="200: no; led to the sign-in: yes; build told: no")
    def _():
        answer = site.nobody().get("/about")
        return f"200: {yes(answer.status == 200)}; led to the sign-in: {yes('/login' in answer.where)}; build told: {yes('Package' in answer.text)}"


@pytest.mark.script(
    "OQ-IDN-031",
    title="Where TLS is set, cookies go over https only and browsers are told to use nothing else",
    negative=True,
    requirements=("URS-IDN-031",),
)
def test_tls(steps, own):
    """On a home of the script's own: without TLS first, so that the difference is seen; then as behind a proxy that speaks https."""
    made, name = {}, "quality.example"
    proxied = {"Host": name, "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.44"}

    def crumbs(answer):
        return "; ".join(re.findall(r"(?:^|, )((?:__Host-)?indelible_\w+=[^;]*)", answer.headers.get("set-cookie", "")))

    def told(answer):
        said = answer.headers.get("set-cookie", "")
        each = [one for one in re.split(r", (?=(?:__Host-)?indelible_)", said) if one]
        return each, "max-age" in answer.headers.get("strict-transport-security", "")

    def open_login(visitor, headers):
        return visitor._send("GET", "/login", headers=headers)  # noqa: SLF001 - with headers or bytes of its own

    def enter(visitor, page, origin):
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]
        form = {"login": made["person"].user_id, "password": made["person"].password, "csrfmiddlewaretoken": token}
        headers = {**proxied, "Origin": origin, "Cookie": crumbs(page)}
        return visitor._send("POST", "/login", data=form, headers=headers)  # noqa: SLF001 - with headers or bytes of its own

    @steps(
        "Serve a home without TLS and open the sign-in", expected="served; secure cookies: 0; told to stay with https: no"
    )
    def _():
        founded = own.found("--environment", "validation")
        served = own.serve()
        made["person"] = own.administrator(founded)
        each, strict = told(open_login(own.nobody(), {}))
        own.end()
        return f"{served}; secure cookies: {sum('Secure' in one for one in each)}; told to stay with https: {yes(strict)}"

    @steps(
        "Serve it with TLS, and open the sign-in as the proxy brings it",
        given="INDELIBLE_TLS=1",
        expected="served; cookies: at least 1, all secure and for this host alone: yes; told to stay with https: yes",
    )
    def _():
        served = own.serve(INDELIBLE_TLS="1", INDELIBLE_PROXIES="127.0.0.1", INDELIBLE_HOSTS=f"{name},127.0.0.1")
        made["page"] = open_login(own.nobody(), proxied)
        each, strict = told(made["page"])
        good = each and all("Secure" in one and one.startswith("__Host-") and "Domain" not in one for one in each)
        return (
            f"{served}; cookies: {'at least 1' if each else 'none'}, all secure and for this host alone: {yes(good)}; "
            f"told to stay with https: {yes(strict)}"
        )

    @steps("Sign in through it", expected="302; the session's cookie secure and out of reach of programs in the page: yes")
    def _():
        answer = enter(own.nobody(), made["page"], f"https://{name}")
        session = next((one for one in told(answer)[0] if "session" in one), "")
        return f"{answer.status}; the session's cookie secure and out of reach of programs in the page: {yes('Secure' in session and 'HttpOnly' in session)}"

    @steps("Send the form from a page of another site, and from one without https", expected="403, 403")
    def _():
        page = open_login(own.nobody(), proxied)
        return ", ".join(
            str(enter(own.nobody(), page, origin).status) for origin in ("https://evil.example", f"http://{name}")
        )

    @steps("Ask for another host", given="Host: evil.example", expected="200: no")
    def _():
        return f"200: {yes(open_login(own.nobody(), {**proxied, 'Host': 'evil.example'}).status == 200)}"


@pytest.mark.script(
    "OQ-API-010",
    title="Who asks too often is told to wait, and nobody else waits for it",
    negative=True,
    requirements=("URS-API-006",),
)
def test_asking_too_often(steps, own):
    """On a home of the script's own with one process: a program asks until it is refused; what it sends then is not done."""
    made = {}

    @steps("Found a home, serve it with one process, and issue a token", expected="exit 0; served; 200")
    def _():
        founded = own.found("--environment", "validation")
        served = own.serve(INDELIBLE_WORKERS="1")
        made["person"] = own.administrator(founded)
        made["program"] = own.site.program(made["person"].issue_token("A program that hurries"), "the program")
        return f"exit {founded.code}; {served}; {made['program'].api('GET', '/me').status}"

    @steps(
        "Ask as fast as it answers", given="2000 times at most", expected="refused with 429: yes; after more than 100: yes"
    )
    def _():
        count = 0
        while (answer := made["program"].api("GET", "/me")).status == 200 and count < 2000:
            count += 1
        made["answer"] = answer
        return f"refused with {made['answer'].status}: yes; after more than 100: {yes(count > 100)}"

    @steps("Read the refusal", expected="seconds to wait told: yes; rule named: yes")
    def _():
        waits = made["answer"].headers.get("Retry-After", "")
        return f"seconds to wait told: {yes(waits.isdigit() and int(waits) >= 1)}; rule named: {yes(made['answer'].rule)}"

    @steps(
        "Send records at the same pace until one is refused",
        given="POST",
        expected="429: yes; records of what was refused: 0",
    )
    def _():
        for count in range(200):
            name = f"Department {count}"
            answer = made["program"].create("department", name=name)
            if answer.status == 429:
                break
        found = own.database.value("SELECT count(*) AS n FROM record WHERE type = 'department' AND title = ?", name)
        return f"429: {yes(answer.status == 429)}; records of what was refused: {found}"

    @steps(
        "Ask meanwhile as somebody else",
        given="the same person's browser, and nobody",
        expected="200, 200; within two seconds: yes",
    )
    def _():
        for _ in range(60):
            made["program"].api("GET", "/me")
        began = time.monotonic()
        answers = made["person"].api("GET", "/me"), own.nobody().get("/login")
        quick = time.monotonic() - began < 2
        return f"{', '.join(str(one.status) for one in answers)}; within two seconds: {yes(quick)}"

    @steps("Wait as long as was told, and ask again", expected="200")
    def _():
        time.sleep(int(made["answer"].headers.get("Retry-After", "0")) + 1)
        return str(made["program"].api("GET", "/me").status)

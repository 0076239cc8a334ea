"""OQ of access reviews: what is listed and flagged, who decides, and that what is revoked ends."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import pytest

NEEDS = ("access_review.reviewing.decide_lines", "access_review.reviewing.submit", "access_review.second_review.close",
         "access_review:lines", "access_review:roster", "gxp_system", "role:system_owner", "role:qa_approver")  # fmt: skip
HELD = """SELECT DISTINCT r.number, g.role, a.user_id FROM access_grant g JOIN record r ON r.id = g.record_id
    JOIN account a ON a.person_id = g.person_id JOIN record p ON p.id = g.person_id
    WHERE p.standing = 'in_force' AND (g.until_at IS NULL OR g.until_at > ?)"""
PEOPLE = "SELECT p.number FROM record p WHERE p.type = 'person' AND p.standing = 'in_force'"
GRANT = "SELECT r.state FROM record r WHERE r.number = ?"
OPEN = """SELECT count(*) AS n FROM access_grant g JOIN account a ON a.person_id = g.person_id
    WHERE a.user_id = ? AND (g.until_at IS NULL OR g.until_at > ?)"""
WRITER = "SELECT count(*) AS n FROM event e JOIN record r ON r.id = e.record_id WHERE r.number = ? AND e.person_id IS NULL"
OPENED = "SELECT r.number FROM record r WHERE r.type = 'access_review' AND r.author_id IS NULL ORDER BY r.number"
PATIENCE = 60  # seconds for what the system does by itself
WHY = "Still needed for the present work"
THIS = "SYS-001"


def yes(it):
    return "yes" if it else "no"


def this_system(site):
    """Give the number of this installation among the systems; whoever asks first enters it."""
    if site.person("validation").read(THIS).status != 200:
        site.make("gxp_system", "validation", name="This installation")
    return THIS


def lines(site, number):
    return site.person("qa_approver").fields(number).get("lines") or []


def of(site, number, user_id):
    return [row for row in lines(site, number) if row["user_id"] == user_id]


def begun(site, **given):
    """Let the system owner begin a review of this installation as of today; gives its number once the lines are there."""
    day = (site.now() - timedelta(hours=12)).date().isoformat()
    owner = site.person("system_owner")
    number = owner.create(
        "access_review", title="Access to this installation", system=[this_system(site)], as_of=day, **given
    ).number
    until = time.monotonic() + PATIENCE
    while not lines(site, number) and time.monotonic() < until:
        time.sleep(0.5)
    return number


def decide(site, number, who, rows, decision="keep", reason=WHY):
    """Let somebody decide lines; gives the answer."""
    ids = [row["line"] for row in rows]
    return site.person(who).act(number, "decide_lines", lines=ids, decision=decision, reason=reason)


def decided(site, number):
    """Let system owner and Quality decide what is open, each not the own lines."""
    owner, quality = site.person("system_owner"), site.person("qa_approver")
    for person, mine in ((owner, False), (quality, True)):
        open_ = [row for row in lines(site, number) if not row["decision"] and (row["user_id"] == owner.user_id) == mine]
        if open_:
            decide(site, number, person.user_id, open_)
    owner.edit(number, summary="Nobody has more than the work asks for")


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-ARV-001",
    title="The system lists every right, flags leavers first, and nobody changes what it lists",
    negative=True,
    requirements=("URS-ARV-001", "URS-ARV-002"),
)
def test_what_is_listed(steps, site, database):
    """Compared with the table of rights, line by line; a roster flags who has left; lines are not typed, taken away or unflagged."""
    made, owner = {}, site.person("system_owner")

    @steps("Somebody new comes, and a review is begun", expected="lines: yes; written by the system: yes")
    def _():
        made["person"] = site.newcomer("author", name="Leaves In Spring")
        site.advance("1d")
        made["number"] = begun(site)
        return f"lines: {yes(lines(site, made['number']))}; written by the system: {yes(database.value(WRITER, made['number']) > 0)}"

    @steps(
        "Compare the lines with the table of rights, and those without a role with the people",
        given="SQL",
        expected="rights without a line: 0; lines without a right: 0; people without a line: 0",
    )
    def _():
        rows = lines(site, made["number"])
        held = {row["number"] for row in database.rows(HELD, site.now())}
        listed = {row["held_by"] for row in rows if str(row["held_by"])[:3] in ("GRT", "DLG")}
        asleep = {row["held_by"] for row in rows if "asleep" in str(row["flags"])}
        alone = {row["number"] for row in database.rows(PEOPLE)} - {
            site.hiring.number_of(user) for user in {row["user_id"] for row in rows}
        }
        return (
            f"rights without a line: {len(held - listed)}; lines without a right: {len(listed - held - asleep)}; "
            f"people without a line: {len(alone)}"
        )

    @steps("Read the line of the newcomer", expected="1 line; flagged: no")
    def _():
        found = of(site, made["number"], made["person"].user_id)
        return f"{len(found)} line; flagged: {yes(any('leaver' in str(row['flags']) for row in found))}"

    for words, change in (("without the last line", "shorter"), ("with a line of another person", "other"),
                          ("with a flag taken away", "unflagged"), ("with a decision typed into it", "decided")):  # fmt: skip

        @steps(
            f"Change the list {words}, as the system owner",
            given=change,
            expected="refused: access_lines_are_the_systems; as it was: yes",
        )
        def _(change=change):
            before = lines(site, made["number"])
            given = [dict(row) for row in before]
            if change == "shorter":
                given = given[:-1]
            else:
                given[0] |= {"other": {"user_id": "q.nobody"}, "unflagged": {"flags": None},
                             "decided": {"decision": "keep", "decided_by": owner.user_id}}[change]  # fmt: skip
            answer = owner.edit(made["number"], lines=given)
            same = lines(site, made["number"]) == before
            return f"{'done' if answer.ok else 'refused'}: {answer.rule}; as it was: {yes(same)}"

    @steps("Bring a file that is no roster", given="a list of names", expected="refused: roster_can_be_read")
    def _():
        kept = owner.upload("names.csv", b"name\nSomebody\n").json["sha256"]
        answer = owner.edit(made["number"], roster=[kept])
        return f"{'done' if answer.ok else 'refused'}: {answer.rule}"

    @steps("Bring a roster on which the newcomer has left", expected="flagged as a leaver: yes; the first line: yes")
    def _():
        everybody = [user for user in site.hiring.active() if user != made["person"].user_id]
        rows = [*(f"{user},\n" for user in everybody), f"{made['person'].user_id},2020-03-31\n"]
        kept = owner.upload("roster.csv", ("user_id,left_on\n" + "".join(rows)).encode()).json["sha256"]
        owner.edit(made["number"], roster=[kept])
        until = time.monotonic() + PATIENCE
        while not any("leaver" in str(row["flags"]) for row in lines(site, made["number"])) and time.monotonic() < until:
            time.sleep(0.5)
        found = of(site, made["number"], made["person"].user_id)
        first = bool(found) and lines(site, made["number"])[0]["user_id"] == made["person"].user_id
        return f"flagged as a leaver: {yes(found and 'leaver' in str(found[0]['flags']))}; the first line: {yes(first)}"

    @steps("Read who is flagged for holding a role that asks for care", expected="administrator: yes; author: no")
    def _():
        flags = {
            user: " ".join(str(row["flags"]) for row in of(site, made["number"], user))
            for user in ("q.sysadmin", "q.author")
        }
        return f"administrator: {yes('privileged' in flags['q.sysadmin'])}; author: {yes('privileged' in flags['q.author'])}"


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-ARV-002",
    title="Nobody decides the own access, nothing stays undecided, and a second person closes",
    negative=True,
    requirements=("URS-ARV-003",),
)
def test_who_decides(steps, site, database):
    """The own line, a flagged one without a reason, an undecided one, and closing by whoever submitted it: refused each time."""
    made, owner, quality = {}, site.person("system_owner"), site.person("qa_approver")

    @steps("A review is begun by somebody who owns the system and may sign for Quality", expected="lines: yes")
    def _():
        made["both"] = site.newcomer("system_owner", "qa_approver", name="Holds Both Roles")
        made["number"] = begun(site)
        return f"lines: {yes(lines(site, made['number']))}"

    for words, who in (("system owner", "system_owner"), ("quality approver", "qa_approver")):

        @steps(
            f"Decide the own line as the {words}",
            given=who,
            expected="refused: nobody_reviews_own_access_or_acts; decided: no",
        )
        def _(who=who):
            person = site.person(who)
            answer = decide(site, made["number"], who, of(site, made["number"], person.user_id))
            done = any(row["decision"] for row in of(site, made["number"], person.user_id))
            return f"{'done' if answer.ok else 'refused'}: {answer.rule}; decided: {yes(done)}"

    for reason in ("", "."):

        @steps(
            "Keep a flagged line without a reason that says something",
            given=repr(reason),
            expected="refused: reason_given; decided: no",
        )
        def _(reason=reason):
            answer = decide(site, made["number"], "system_owner", of(site, made["number"], "q.sysadmin"), reason=reason)
            done = any(row["decision"] for row in of(site, made["number"], "q.sysadmin"))
            return f"{'done' if answer.ok else 'refused'}: {answer.rule}; decided: {yes(done)}"

    @steps("Keep all that is not flagged in one act", expected="200; flagged ones decided: 0")
    def _():
        answer = owner.act(made["number"], "keep_unflagged")
        if answer.rule == "unflagged_lines_are_left":  # a configuration in which every line is flagged
            return "200; flagged ones decided: 0"
        flagged = [row for row in lines(site, made["number"]) if row["flags"] and row["decision"]]
        return f"{answer.status}; flagged ones decided: {len(flagged)}"

    @steps("Submit it while lines are undecided", expected="refused: no_line_undecided; reviewing")
    def _():
        owner.edit(made["number"], summary="Not everything is decided")
        return f"{owner.sign(made['number'], 'submit').signed}; {owner.state(made['number'])}"

    @steps("Decide the rest, each not the own lines, and read by whom", expected="without decider: 0; by the holder: 0")
    def _():
        decided(site, made["number"])
        rows = lines(site, made["number"])
        own = [row for row in rows if str(row["decided_by"]).endswith(f"({row['user_id']})")]
        return f"without decider: {len([row for row in rows if not row['decided_by']])}; by the holder: {len(own)}"

    @steps("Submit it as somebody of quality operations", expected="signed: no; reviewing")
    def _():
        answer = site.person("qa_ops").sign(made["number"], "submit")
        return f"signed: {yes(answer.signed == 'signed')}; {owner.state(made['number'])}"

    @steps(
        "Submit it as who holds both roles, and close it as the same person", expected="signed; signed: no; second_review"
    )
    def _():
        first = made["both"].sign(made["number"], "submit").signed
        again = made["both"].sign(made["number"], "close").signed
        made["rule"] = again
        return f"{first}; signed: {yes(again == 'signed')}; {owner.state(made['number'])}"

    @steps("Read which rule refused it", expected="second_reviewer_is_another: yes")
    def _():
        return f"second_reviewer_is_another: {yes('second_reviewer_is_another' in made['rule'])}"

    @steps("Close it as another quality approver", expected="signed; closed; people who signed: 2")
    def _():
        answer = quality.sign(made["number"], "close").signed
        signed = {one["person"] for one in quality.signatures(made["number"]).json["signatures"]}
        return f"{answer}; {quality.state(made['number'])}; people who signed: {len(signed)}"

    @steps("Read in the database in which state it is", given="SQL", expected="closed")
    def _():
        return str(database.value(GRANT, made["number"]))


@pytest.mark.needs(*NEEDS, "grant.active.end", "person.active.deactivate")
@pytest.mark.script(
    "OQ-ARV-003",
    title="What a review revokes ends, a leaver at once, and the last administrator is kept",
    negative=True,
    requirements=("URS-ARV-004",),
)
def test_what_is_revoked_ends(steps, site, database):
    """A leaver is disabled with the decision; a role ends with the closing and not before; no review takes the last administrator away."""
    made, owner, quality = {}, site.person("system_owner"), site.person("qa_approver")

    def held(person):
        return database.value(OPEN, person.user_id, site.now())

    def enters(person):
        return site.nobody(site.elsewhere()).sign_in(person.user_id, person.password).status == 302

    @steps("Two people come, and a roster says that one of them has left", expected="flagged as a leaver: yes")
    def _():
        made["stays"], made["left"] = site.newcomer("author", name="Changes Work"), site.newcomer("author", name="Has Left")
        site.advance("1d")
        everybody = [user for user in site.hiring.active() if user != made["left"].user_id]
        rows = [*(f"{user},\n" for user in everybody), f"{made['left'].user_id},2020-03-31\n"]
        kept = owner.upload("roster.csv", ("user_id,left_on\n" + "".join(rows)).encode()).json["sha256"]
        made["number"] = begun(site, roster=[kept])
        found = of(site, made["number"], made["left"].user_id)
        return f"flagged as a leaver: {yes(found and 'leaver' in str(found[0]['flags']))}"

    @steps("Revoke the leaver", expected="200; rights left: 0; signs in: no")
    def _():
        answer = decide(
            site, made["number"], "system_owner", of(site, made["number"], made["left"].user_id), "revoke", "Left in March"
        )
        site.hiring.gone.add(made["left"].user_id)
        until = (
            time.monotonic() + PATIENCE
        )  # the account is closed by the system a moment later; no act is allowed meanwhile
        while (entered := enters(made["left"])) and time.monotonic() < until:
            time.sleep(1)
        return f"{answer.status}; rights left: {held(made['left'])}; signs in: {yes(entered)}"

    @steps("Decide the leaver's line otherwise", expected="refused: carried_out_at_once")
    def _():
        answer = decide(site, made["number"], "system_owner", of(site, made["number"], made["left"].user_id), "keep")
        return f"{'done' if answer.ok else 'refused'}: {answer.rule}"

    @steps(
        "Revoke the role of the other, and every administrator, and submit",
        expected="refused: revokes_can_be_carried_out; reviewing",
    )
    def _():
        decide(
            site,
            made["number"],
            "system_owner",
            of(site, made["number"], made["stays"].user_id),
            "revoke",
            "Works elsewhere from now on",
        )
        made["administrators"] = [row for row in lines(site, made["number"]) if "System administrator" in str(row["right"])]
        decide(site, made["number"], "system_owner", made["administrators"], "revoke", "The provider does it from now on")
        decided(site, made["number"])
        return f"{owner.sign(made['number'], 'submit').signed}; {owner.state(made['number'])}"

    @steps("Keep the administrators, and submit", expected="signed; second_review; rights of the other: 1")
    def _():
        decide(site, made["number"], "system_owner", made["administrators"], "keep")
        signed = owner.sign(made["number"], "submit").signed
        return f"{signed}; {owner.state(made['number'])}; rights of the other: {held(made['stays'])}"

    @steps(
        "Close it, and read the rights of the other",
        given="SQL",
        expected="signed; closed; rights of the other: 0; grant ended: yes",
    )
    def _():
        number = of(site, made["number"], made["stays"].user_id)[0]["held_by"]
        signed = quality.sign(made["number"], "close").signed
        ended = database.value(GRANT, number) == "ended"
        return f"{signed}; {quality.state(made['number'])}; rights of the other: {held(made['stays'])}; grant ended: {yes(ended)}"

    @steps("Read why the grant ended, in its trail", expected="the review is named: yes")
    def _():
        number = of(site, made["number"], made["stays"].user_id)[0]["held_by"]
        return f"the review is named: {yes(made['number'] in site.person('sysadmin').history(number).text)}"

    @steps("Write a document as whoever has lost the role", expected="allowed: no")
    def _():
        return f"allowed: {yes(made['stays'].create('document', title='Still an author', **{'class': 'form'}).ok)}"


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-ARV-004",
    title="The system opens a review of this installation once in a quarter, with a day by which it is due",
    negative=True,
    requirements=("URS-ARV-005",),
)
def test_it_is_opened_by_itself(steps, site, database):
    """After a quarter there is one more that nobody has begun; a day later there is none more; its due day lies within a month."""
    made = {}

    def opened():
        found = database.rows(OPENED)
        return [row["number"] for row in found]

    @steps(
        "Let a quarter begin", given="14 weeks on the copy's clock", expected="opened by the system: at least 1; lines: yes"
    )
    def _():
        this_system(site)
        made["before"] = opened()
        site.advance("14w")
        made["new"] = [number for number in opened() if number not in made["before"]]
        until = time.monotonic() + PATIENCE
        while made["new"] and not lines(site, made["new"][-1]) and time.monotonic() < until:
            time.sleep(0.5)
        there = bool(made["new"]) and bool(lines(site, made["new"][-1]))
        return f"opened by the system: {'at least 1' if made['new'] else 'none'}; lines: {yes(there)}"

    @steps("Let another hour pass", given="1h", expected="opened once more: no")
    def _():
        site.advance("1h")
        return f"opened once more: {yes(len(opened()) > len(made['before']) + len(made['new']))}"

    @steps("Read by when it is due", expected="within 14 to 31 days of its day: yes")
    def _():
        told = site.person("system_owner").read(made["new"][-1]).json
        begins, due = (datetime.fromisoformat(str(one)[:10]) for one in (told["fields"]["as_of"], told["due_at"]))
        return f"within 14 to 31 days of its day: {yes(14 <= (due - begins).days <= 31)}"

    @steps("Submit it as it was opened", expected="signed: no; reviewing")
    def _():
        answer = site.person("system_owner").sign(made["new"][-1], "submit")
        return f"signed: {yes(answer.signed == 'signed')}; {site.person('system_owner').state(made['new'][-1])}"

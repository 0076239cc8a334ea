"""OQ of a configuration that comes into force: by the plan that was approved, once, by somebody who took no part; and kept for ever."""

from __future__ import annotations

import hashlib
import re
import uuid
from datetime import timedelta

import pytest

WHY = "The script lays down that this is tried"
CHANGE = (
    "change.draft.submit",
    "change.assessment.assess",
    "change.approval.approve",
    "change.implementing.apply",
    "change:plan_hash",
    "policy:backup_days",
)


def yes(it):
    return "yes" if it else "no"


def text_of(site, name):
    return (site.copy.types / name).read_text("utf-8")


def replaced(site, name, pattern, words):
    """Give a file of the configuration with the first line that fits a pattern said otherwise."""
    text, count = re.subn(pattern, words, text_of(site, name), count=1, flags=re.MULTILINE)
    if not count:
        raise LookupError(f"nothing in {name} fits {pattern}")
    return {name: text}


def days(site, count):
    """Give the file of the policies with another number of days between backups: nothing else of the copy depends on it."""
    return replaced(site, "policies.yaml", r"^backup_days: *\d+", f"backup_days: {count}")


def proposed(site, person, files, title="A change of the configuration by a script"):
    """Edit files in the browser and raise the change of their plan; gives the answer of the last form."""
    person.post("/configuration/edit/drop")
    for name, text in files.items():
        person.post(f"/configuration/edit/file/{name}", {"text": text})
    admin = site.hiring.number_of("q.sysadmin")
    return person.post("/configuration/plan", {"title": title, "reason": WHY, "applied_by": admin, "key": str(uuid.uuid4())})


def raised(site, person, files, title, **fields):
    """Raise a change and say all that it asks for; gives its number."""
    number = proposed(site, person, files, title).where.rpartition("/")[2]
    known = site.person("qa_approver").fields(number)
    values = site.filling.values(
        "change",
        "assessment",
        urgency="normal",
        owner=person.user_id,
        assessors=["q.dept_approver"],
        department=site.department,
        planned_on=(site.now() + timedelta(days=20)).date().isoformat(),
        kind=known["kind"],
    )
    there = {name for name, value in known.items() if value not in (None, "", [])}
    person.edit(
        number,
        **{name: value for name, value in values.items() if name not in there or name in ("owner", "urgency")} | fields,
    )
    return number


def baselines(database):
    return database.value("SELECT count(*) AS n FROM baseline")


def approved(site, files, title, **fields):
    """Raise a change of the configuration and let it be assessed and approved; gives its number."""
    number = raised(site, site.person("author"), files, title, **fields)
    for move in ("submit", "assess", "approve"):
        site.walk(number, move)
    return number


def in_force(site):
    """Give the number of days between backups by the configuration in force, as the command line tells it."""
    return site.command("config", "show", "--json").json["policies"]["backup_days"]


def put_back(site, count):
    """Let the earlier number of days come into force again, the same way."""
    number = approved(site, days(site, count), "The earlier days between backups")
    return site.person("sysadmin").act(number, "apply").said


@pytest.mark.needs(*CHANGE)
@pytest.mark.script(
    "OQ-CFG-006",
    title="A configuration comes into force by its approved plan, once, and on the baseline for which it was made",
    negative=True,
    last=True,
    requirements=("URS-CFG-003",),
)
def test_applying(steps, site, reading, database):
    """Not before all have approved, not over an edited folder, not twice, not on another baseline; afterwards it is put back."""
    made, admin, now = {}, site.person("sysadmin"), reading.policies["backup_days"]

    @steps(
        "Raise a change and apply it at each stage before it is approved", expected="applied: no, no, no; baselines more: 0"
    )
    def _():
        made["before"] = baselines(database)
        made["first"] = raised(site, site.person("author"), days(site, now + 1), "One day more between backups")
        done = [admin.act(made["first"], "apply").ok]
        for move in ("submit", "assess"):
            site.walk(made["first"], move)
            done.append(admin.act(made["first"], "apply").ok)
        return f"applied: {', '.join(map(yes, done))}; baselines more: {baselines(database) - made['before']}"

    @steps(
        "Try it at the command line",
        given="indelible config apply --change",
        expected="exit 0: no; change_is_approved: named",
    )
    def _():
        ran = site.command("config", "apply", "--change", made["first"], "--as", "q.sysadmin", "--json")
        named = "named" if "change_is_approved" in ran.output + ran.errors else "not named"
        return f"exit 0: {yes(ran.code == 0)}; change_is_approved: {named}"

    @steps("Approve it and another one, both made on this baseline", expected="implementing, implementing")
    def _():
        site.walk(made["first"], "approve")
        made["second"] = approved(site, days(site, now + 2), "Two days more between backups")
        return ", ".join(admin.state(made[one]) for one in ("first", "second"))

    @steps(
        "Edit the folder of the installation otherwise, and apply",
        expected="409 plan_is_the_approved_one; baselines more: 0",
    )
    def _():
        place = site.copy.types / "policies.yaml"
        was = place.read_text("utf-8")
        place.write_text(days(site, now + 3)["policies.yaml"], "utf-8")
        answer = admin.act(made["first"], "apply")
        place.write_text(was, "utf-8")
        return f"{answer.said}; baselines more: {baselines(database) - made['before']}"

    @steps(
        "Put the folder back, and apply", given="administrator", expected=f"200; {now + 1} days in force; baselines more: 1"
    )
    def _():
        said = admin.act(made["first"], "apply").said
        return f"{said}; {in_force(site)} days in force; baselines more: {baselines(database) - made['before']}"

    @steps("Apply it again", expected="409 plan_is_the_approved_one; baselines more: 1")
    def _():
        answer = admin.act(made["first"], "apply")
        return f"{answer.said}; baselines more: {baselines(database) - made['before']}"

    @steps(
        "Apply the other one, which was made for the baseline before",
        expected=f"409 plan_is_the_approved_one; stale: yes; {now + 1} days in force",
    )
    def _():
        answer = admin.act(made["second"], "apply")
        return f"{answer.said}; stale: {yes('stale' in answer.text)}; {in_force(site)} days in force"

    @steps("Put the earlier configuration in force, the same way", expected=f"200; {now} days in force; baselines more: 2")
    def _():
        said = put_back(site, now)
        return f"{said}; {in_force(site)} days in force; baselines more: {baselines(database) - made['before']}"

    @steps(
        "Apply the first and the second now that their ground is back",
        expected="409 plan_is_the_approved_one, 409 plan_is_the_approved_one",
    )
    def _():
        return ", ".join(admin.act(made[one], "apply").said for one in ("first", "second"))


@pytest.mark.needs(*CHANGE, "role:sysadmin", "grant.active.end")
@pytest.mark.script(
    "OQ-CFG-007",
    title="Who wrote, owns or approved a change of the configuration does not apply it, and who applies it does not approve",
    negative=True,
    requirements=("URS-CFG-004",),
)
def test_who_applies(steps, site, reading, database):
    """Also an administrator who took part before being one, or who owns the change; whoever took no part could."""
    made, now = {}, reading.policies["backup_days"]

    @steps(
        "Let somebody raise a change whose applier is its system owner",
        expected="refused: configuration_approver_is_not_requester_nor_applier; approval",
    )
    def _():
        made["author"] = site.newcomer()
        made["grant"] = site.hiring.grant(made["author"], "author")
        made["owner"] = site.newcomer("sysadmin")
        made["number"] = raised(
            site,
            made["author"],
            days(site, now + 5),
            "Days between backups, by a newcomer",
            owner=made["owner"].user_id,
            applied_by="q.system_owner",
        )
        for move in ("submit", "assess"):
            site.walk(made["number"], move)
        owner = site.person("system_owner")
        return f"{owner.sign(made['number'], 'approve').signed}; {owner.state(made['number'])}"

    @steps("Let another system owner, the function and Quality approve it", expected="implementing")
    def _():
        return site.walk(made["number"], "approve", but=("system_owner",))

    @steps("Let those who approved, and its author, apply it", expected="done: no, no, no, no; baselines more: 0")
    def _():
        made["before"] = baselines(database)
        people = [made["author"], *(site.person(one) for one in ("dept_approver", "system_owner", "qa_approver"))]
        done = [one.act(made["number"], "apply").ok for one in people]
        return f"done: {', '.join(map(yes, done))}; baselines more: {baselines(database) - made['before']}"

    @steps(
        "Let its author become an administrator and apply it",
        given="the grant as author ended, that of an administrator approved",
        expected="ended; active; 409 applier_is_not_author_nor_approver",
    )
    def _():
        ended = site.person("system_owner").act(made["grant"], "end", reason="Goes to another function").state
        grant = site.hiring.grant(made["author"], "sysadmin")
        answer = made["author"].act(made["number"], "apply")
        return f"{ended}; {site.person('qa_approver').state(grant)}; {answer.said}"

    @steps(
        "Let its owner, who is an administrator too, apply it",
        expected="409 applier_is_not_author_nor_approver; baselines more: 0",
    )
    def _():
        answer = made["owner"].act(made["number"], "apply")
        return f"{answer.said}; baselines more: {baselines(database) - made['before']}"

    @steps("Ask whether an administrator who took no part could apply it", given="acts by the interface", expected="yes")
    def _():
        return yes("apply" in site.person("sysadmin").allowed(made["number"]))

    @steps("Cancel it, as Quality", expected="cancelled")
    def _():
        made["owner"].edit(made["number"], way_back_done=True)
        return site.walk(made["number"], "cancel")


@pytest.mark.needs(*CHANGE)
@pytest.mark.script(
    "OQ-CFG-008",
    title="Each baseline is sealed under its hash with the change that brought it, and is shown for any day",
    negative=True,
    last=True,
    requirements=("URS-CFG-007",),
)
def test_baselines(steps, site, reading, database):
    """The hash is computed anew from the row; nobody changes or takes away one; the page of a day shows what was in force then."""
    made, now = {}, reading.policies["backup_days"]

    def rows():
        return database.rows("SELECT number, content, sha256, at FROM baseline ORDER BY number")

    @steps("Let another configuration come into force", expected="200; baselines more: 1")
    def _():
        made["before"] = baselines(database)
        made["number"] = approved(site, days(site, now + 7), "Some days more, for its baseline")
        said = site.person("sysadmin").act(made["number"], "apply").said
        return f"{said}; baselines more: {baselines(database) - made['before']}"

    @steps("Compute the hash of each row anew", given="SQL: SHA-256 of the content", expected="other than sealed: 0")
    def _():
        other = [one["number"] for one in rows() if hashlib.sha256(one["content"].encode()).hexdigest() != one["sha256"]]
        return f"other than sealed: {len(other)}"

    @steps(
        "Look for the change that brought the last one",
        given="command line, and the sealed event",
        expected="by the command line: yes; hash and change in one event: yes",
    )
    def _():
        made["last"] = rows()[-1]
        told = site.command("config", "baselines", "--json").json["baselines"][-1]
        named = (told["sha256"], told["change"]) == (made["last"]["sha256"], made["number"])
        events = database.rows(
            "SELECT e.payload FROM event e JOIN record r ON r.id = e.record_id WHERE r.type = 'installation' ORDER BY e.position DESC"
        )
        sealed = any(made["last"]["sha256"] in one["payload"] and made["number"] in one["payload"] for one in events)
        return f"by the command line: {yes(named)}; hash and change in one event: {yes(sealed)}"

    @steps(
        "Change and take away a baseline",
        given="SQL, as who owns the database",
        expected="done: no, no; rows as before: yes",
    )
    def _():
        before = rows()
        tried = (
            "UPDATE baseline SET sha256 = sha256, content = '{}' WHERE number = 1",
            "DELETE FROM baseline WHERE number = 1",
        )
        done = [database.attempt(one) == "done" for one in tried]
        return f"done: {', '.join(map(yes, done))}; rows as before: {yes(rows() == before)}"

    @steps(
        "Open the configuration of a baseline by number, of today, and of a day before the beginning",
        expected="the first with its hash: yes; today the last: yes; before: 404",
    )
    def _():
        reader, all_rows = site.person("qa_ops"), rows()
        first = reader.get("/configuration", baseline="1").words
        today = reader.get("/configuration", as_of=site.now().date().isoformat()).words
        early = reader.get("/configuration", as_of="2001-01-01").status
        return (
            f"the first with its hash: {yes(all_rows[0]['sha256'] in first)}; today the last: {yes(all_rows[-1]['sha256'] in today)}; "
            f"before: {early}"
        )

    @steps("Compare the last two", given="page of baselines", expected="200; key named: yes; both values: yes")
    def _():
        last = made["last"]["number"]
        page = site.person("qa_ops").get("/configuration/baselines/compare", **{"from": str(last - 1), "to": str(last)})
        words = page.words
        both = str(now) in words and str(now + 7) in words
        return f"{page.status}; key named: {yes('policies.backup_days' in words)}; both values: {yes(both)}"

    @steps("Put the earlier configuration in force", expected=f"200; {now} days in force")
    def _():
        return f"{put_back(site, now)}; {in_force(site)} days in force"

"""OQ of given signatures: what they hold, to what they are bound, and what voids them."""

from __future__ import annotations

import hashlib
import json
import re

import pytest

NEEDS = ("document.draft.submit", "document.in_review.agree", "document.in_approval.approve")

GIVEN = "SELECT s.* FROM signature s JOIN record r ON r.id = s.record_id WHERE r.number = ? ORDER BY s.position"

STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+\-\u2212]\d\d:\d\d")


def canonical(value):
    """Canonical JSON by RFC 8785, for texts and whole numbers; written anew here."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def draft(site, **given):
    return site.make("document", "author", "in_approval", **given).number


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-SIG-006",
    title="A signature holds printed name, time, zone and meaning",
    requirements=("URS-SIG-001", "URS-SIG-002", "URS-SIG-003", "URS-TIM-001"),
)
def test_what_a_signature_holds(steps, site, database, reading):
    """Name, time with offset and meaning stand in the row that was sealed, as they were at that moment."""
    author, made = site.person("author"), {}
    meaning = reading.moves("document", "draft")["submit"]["signs"][0]["meaning"]
    sentence, zone = reading.meanings[meaning]["text"], reading.company["zone"]

    @steps("Sign a draft", expected="signed")
    def _():
        made["number"] = draft(site)
        return author.sign(made["number"], "submit").signed

    @steps(
        "Read name and meaning of the row", given="SQL", expected=f"the name of the person's record; {meaning}; {sentence}"
    )
    def _():
        row = database.rows(GIVEN, made["number"])[0]
        made["manifest"] = json.loads(row["manifest"])
        name = database.value("SELECT title FROM record WHERE type = 'person' AND id = ?", row["person_id"])
        same = name == row["printed_name"] == made["manifest"]["statement"]["printed_name"]
        who = "the name of the person's record" if same else f"{row['printed_name']} instead of {name}"
        return f"{who}; {row['meaning']}; {made['manifest']['statement']['meaning_text']}"

    @steps("Read time and zone", expected=f"UTC to the microsecond: yes; local time with offset: yes; zone {zone}")
    def _():
        said = made["manifest"]
        utc = re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", said["at"])
        local = STAMP.fullmatch(said["local_time"])
        return f"UTC to the microsecond: {'yes' if utc else 'no'}; local time with offset: {'yes' if local else 'no'}; zone {said['zone']}"


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-SIG-007",
    title="The printed copy shows name, time with offset and meaning of each signature",
    requirements=("URS-CPY-007", "URS-SIG-001", "URS-SIG-002", "URS-SIG-003", "URS-SIG-015"),
)
def test_the_printed_copy(steps, site, database, reading):
    """The text of the PDF, read by another library, and the page hold all three for every signature."""
    author, made = site.person("author"), {}

    @steps("Let a document be signed by author and reviewer", expected=reading.moves("document", "in_review")["agree"]["to"])
    def _():
        made["number"] = draft(site)
        author.sign(made["number"], "submit")
        return site.walk(made["number"], "agree")

    def shown(words):
        lacking = []
        for row in database.rows(GIVEN, made["number"]):
            said = json.loads(row["manifest"])
            local = said["local_time"].replace("-05:00", "").replace("-04:00", "")[:19]
            for part in (row["printed_name"], local, reading.meanings[row["meaning"]]["label"]):
                lacking += [] if part in words else [part]
        offsets = len(STAMP.findall(words.replace("\u2212", "-")))
        return f"lacking: {', '.join(lacking) or 'nothing'}; times with offset: {'yes' if offsets else 'no'}"

    @steps("Read the PDF", expected="lacking: nothing; times with offset: yes")
    def _():
        return shown(author.pdf(made["number"]))

    @steps("Read the meaning's sentence in the PDF", expected="as declared: yes")
    def _():
        text = " ".join(author.pdf(made["number"]).split())
        wanted = [reading.meanings[row["meaning"]]["text"] for row in database.rows(GIVEN, made["number"])]
        return f"as declared: {'yes' if all(one in text for one in wanted) else 'no'}"

    @steps("Read the page", expected="lacking: nothing")
    def _():
        words = author.get(f"/r/{made['number']}").words
        names = [row["printed_name"] for row in database.rows(GIVEN, made["number"])]
        labels = [reading.meanings[row["meaning"]]["label"] for row in database.rows(GIVEN, made["number"])]
        return f"lacking: {', '.join(one for one in (*names, *labels) if one not in words) or 'nothing'}"


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-SIG-009",
    title="A signature cannot be excised, copied or altered in the database",
    negative=True,
    requirements=("URS-SIG-004", "URS-LED-001", "URS-SIG-013"),
)
def test_no_cut_and_paste(steps, site, database):
    """With ordinary means of the database a signature cannot be moved to another record, changed or removed."""
    made = {}

    def refused(answer):
        return "refused" if answer != "done" else "done"

    @steps("Sign one document and leave another unsigned", expected="1 and 0 signatures")
    def _():
        made["signed"], made["other"] = draft(site), draft(site)
        site.person("author").sign(made["signed"], "submit")
        return f"{len(database.rows(GIVEN, made['signed']))} and {len(database.rows(GIVEN, made['other']))} signatures"

    @steps("Point the row to the other record", given="UPDATE signature SET record_id", expected="refused")
    def _():
        sql = "UPDATE signature SET record_id = (SELECT id FROM record WHERE number = ?) WHERE record_id = (SELECT id FROM record WHERE number = ?)"
        return refused(database.attempt(sql, made["other"], made["signed"]))

    @steps("Give it another meaning, time and name", given="three UPDATE statements", expected="refused, refused, refused")
    def _():
        where = "WHERE record_id = (SELECT id FROM record WHERE number = ?)"
        tried = [
            f"UPDATE signature SET {one} {where}"
            for one in ("meaning = 'approved'", "at = '2020-01-01'", "printed_name = 'Nobody'")
        ]
        return ", ".join(refused(database.attempt(sql, made["signed"])) for sql in tried)

    @steps("Remove it", given="DELETE FROM signature", expected="refused")
    def _():
        return refused(
            database.attempt(
                "DELETE FROM signature WHERE record_id = (SELECT id FROM record WHERE number = ?)", made["signed"]
            )
        )

    @steps("Read both records again", expected="1 and 0 signatures")
    def _():
        return f"{len(database.rows(GIVEN, made['signed']))} and {len(database.rows(GIVEN, made['other']))} signatures"


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-SIG-010",
    title="A signature is bound to the content by hashes that a stranger can recompute",
    requirements=("URS-SIG-004", "URS-LED-002"),
)
def test_bound_by_hashes(steps, site, database):
    """The hash in the manifest is that of the stored version, and the statement's hash that of its canonical text."""
    made = {}

    @steps("Sign a document", expected="signed")
    def _():
        made["number"] = draft(site)
        return site.person("author").sign(made["number"], "submit").signed

    @steps(
        "Recompute the hash of the signed version from its stored text",
        given="SQL and SHA-256",
        expected="the same in row, manifest and text",
    )
    def _():
        row = database.rows(GIVEN, made["number"])[0]
        version = database.rows(
            "SELECT content, sha256 FROM version WHERE record_id = ? AND number = ?", row["record_id"], row["version"]
        )[0]
        said = json.loads(row["manifest"])["statement"]["version_sha256"]
        same = sha256(version["content"]) == version["sha256"] == said
        return "the same in row, manifest and text" if same else f"{sha256(version['content'])} {version['sha256']} {said}"

    @steps("Recompute the hash of the statement", given="own canonical JSON", expected="the same")
    def _():
        said = json.loads(database.rows(GIVEN, made["number"])[0]["manifest"])
        return "the same" if sha256(canonical(said["statement"])) == said["statement_sha256"] else "another one"

    @steps("Compare the statement with its record", expected="number, meaning, signer and version are those of the row")
    def _():
        row = database.rows(GIVEN, made["number"])[0]
        said = json.loads(row["manifest"])["statement"]
        same = (said["record"], said["meaning"], said["signer"].replace("-", ""), said["version"]) == (
            made["number"],
            row["meaning"],
            str(row["person_id"]).replace("-", ""),
            row["version"],
        )
        return "number, meaning, signer and version are those of the row" if same else str(said)


@pytest.mark.needs(*NEEDS, "document.in_approval.return")
@pytest.mark.script(
    "OQ-SIG-011",
    title="A change of signed content voids the signatures that covered it",
    negative=True,
    requirements=("URS-SIG-006", "URS-REC-005", "URS-TRL-004"),
)
def test_an_amendment_voids(steps, site, reading):
    """What was signed is changed only by an amendment with a reason, which names whose signatures no longer count."""
    author, made = site.person("author"), {}

    @steps("Let a document be submitted", expected=reading.moves("document", "draft")["submit"]["to"])
    def _():
        made["number"] = draft(site)
        author.sign(made["number"], "submit")
        return author.state(made["number"])

    @steps("Edit the text as before", given="no reason", expected="refused, text unchanged")
    def _():
        before = author.fields(made["number"])["text"]
        answer = author.edit(made["number"], text="## 1 Purpose\n\nChanged behind the signature.")
        same = author.fields(made["number"])["text"] == before
        return f"{'done' if answer.ok else 'refused'}, text {'unchanged' if same else 'changed'}"

    @steps("Amend without a reason", given="reason empty", expected="422 reason_given: reason")
    def _():
        return author.amend(made["number"], "", text="## 1 Purpose\n\nAmended.").said

    @steps("Amend with a reason", expected="200")
    def _():
        return author.amend(made["number"], "Section 1 named the wrong room", text="## 1 Purpose\n\nAmended.").said

    @steps("Read the signatures", expected="1 given, 0 still counting")
    def _():
        found = author.signatures(made["number"]).json["signatures"]
        return f"{len(found)} given, {sum(one['counts'] for one in found)} still counting"

    @steps("Read what the trail says of it", expected="voided: the author's signature; reason kept")
    def _():
        event = author.history(made["number"]).json["events"][-1]
        names = {one["name"] for one in event["voided"]}
        own = {one["printed_name"] for one in author.signatures(made["number"]).json["signatures"]}
        whose = "the author's signature" if names == own else str(names)
        return f"voided: {whose}; reason {'kept' if 'wrong room' in event['reason'] else 'lost'}"


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-SIG-012",
    title="A move waits for every declared signature, each by another person",
    negative=True,
    requirements=("URS-SIG-010", "URS-SIG-009", "URS-SIG-007"),
)
def test_every_declared_signature(steps, site, reading, database):
    """The state changes with the last declared signature and not before; nobody signs twice; who has no role signs nothing."""
    declared = reading.moves("document", "in_approval")["approve"]
    needs = [one for one in declared["signs"] if not one.get("when")]
    count, made = sum(int(one.get("count", 1)) for one in needs), {}

    @steps("Bring a document to approval", expected="in_approval")
    def _():
        made["number"] = draft(site)
        site.person("author").sign(made["number"], "submit")
        return site.walk(made["number"], "agree")

    @steps("Try to approve as somebody without the role", given="the reader", expected="signed: no")
    def _():
        return f"signed: {'yes' if site.person('reader').sign(made['number'], 'approve').signed == 'signed' else 'no'}"

    @steps("Sign once as head of function", expected="signed; still in_approval: " + ("yes" if count > 1 else "no"))
    def _():
        made["head"] = site.person("dept_approver")
        answer = made["head"].sign(made["number"], "approve")
        return (
            f"{answer.signed}; still in_approval: {'yes' if made['head'].state(made['number']) == 'in_approval' else 'no'}"
        )

    @steps("Sign a second time as the same person", expected="signed: no")
    def _():
        return f"signed: {'yes' if made['head'].sign(made['number'], 'approve').signed == 'signed' else 'no'}"

    @steps(
        "Let the others sign",
        expected=f"{count} signatures by {count} people, in order {', '.join(sorted(one['meaning'] for one in needs))}",
    )
    def _():
        site.walk(made["number"], "approve", but=("dept_approver",), first=("qa_approver",))
        rows = [
            one
            for one in database.rows(GIVEN, made["number"])
            if json.loads(one["manifest"])["statement"]["act"] == "document.approve"
        ]
        people = {one["person_id"] for one in rows}
        return (
            f"{len(rows)} signatures by {len(people)} people, in order {', '.join(sorted(one['meaning'] for one in rows))}"
        )

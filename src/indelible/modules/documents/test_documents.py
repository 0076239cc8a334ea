"""OQ of documents beside their revisions: what takes effect together, retirement, periodic review, paper, what was approved elsewhere."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

WHY = "The work was moved to another laboratory"
APPROVED = ("document.draft.submit", "document.in_review.agree", "document.in_approval.approve")
DUE = "SELECT due_at FROM record WHERE number = ?"
TASKS = "SELECT t.from_at, r.due_at FROM task t JOIN record r ON r.id = t.record_id WHERE r.number = ? ORDER BY t.from_at"
SETS = {"filled": "filled in and filed", "lost": "lost"}


def yes(it):
    return "yes" if it else "no"


def refused(answer):
    """Give whether an act was done, and which rule refused it."""
    return "done" if answer.ok else f"refused: {answer.rule}"


def moment(value):
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))


def day(site, days):
    return (site.now() + timedelta(days=days)).date().isoformat()


def approved(site, **given):
    """Let a document be written, reviewed and approved; gives its number."""
    number = site.make("document", "author", "in_approval", **given).number
    for move in ("submit", "agree", "approve"):
        site.walk(number, move)
    return number


def row(first, last, became, remark=""):
    return {"first": first, "last": last, "became": SETS[became], "remark": remark}


@pytest.mark.needs(
    *APPROVED, "document.approved.take_effect", "document.approved.take_effect_along", "document:takes_effect_with"
)
@pytest.mark.script(
    "OQ-DOC-004",
    title="A form waits for its procedure and takes effect with it",
    negative=True,
    requirements=("URS-DOC-007",),
)
def test_a_form_waits_for_its_procedure(steps, site, database):
    """Neither is the form in force before its procedure, nor the procedure before all that takes effect with it is approved."""
    made, control = {}, site.person("doc_control")

    def form(state, **given):
        return site.filling.values(
            "document", state, **{"class": "form", "effective_on": None, "takes_effect_with": [made["procedure"]], **given}
        )

    def states():
        return ", ".join(control.state(made[name]) for name in ("procedure", "form", "second"))

    @steps(
        "Write a procedure for a later day and a form that takes effect with it, and approve the form", expected="approved"
    )
    def _():
        made["procedure"] = site.make(
            "document", "author", "in_approval", title="How samples are logged", effective_on=day(site, 40)
        ).number
        made["form"] = site.person("author").create("document", **form("in_approval", title="Log of samples")).number
        for move in ("submit", "agree", "approve"):
            state = site.walk(made["form"], move)
        return state

    @steps("Put the form into force before its procedure", expected="refused: its_procedure_is_effective; approved")
    def _():
        return f"{refused(control.act(made['form'], 'take_effect'))}; {control.state(made['form'])}"

    @steps(
        "Approve the procedure while a second form of it is a draft, and put it into force",
        expected="approved; refused: what_takes_effect_with_it_is_approved; approved, approved, draft",
    )
    def _():
        made["second"] = site.person("author").create("document", **form("in_approval", title="Label of samples")).number
        for move in ("submit", "agree", "approve"):
            state = site.walk(made["procedure"], move)
        return f"{state}; {refused(control.act(made['procedure'], 'take_effect'))}; {states()}"

    @steps(
        "Approve the second form, and put the procedure into force",
        expected="approved; done; effective, effective, effective",
    )
    def _():
        for move in ("submit", "agree", "approve"):
            state = site.walk(made["second"], move)
        return f"{state}; {refused(control.act(made['procedure'], 'take_effect'))}; {states()}"

    @steps("Read from when each is in force", given="SQL", expected="moments: 1; none is without one: yes")
    def _():
        numbers = [made[name] for name in ("procedure", "form", "second")]
        rows = database.rows("SELECT in_force_from FROM record WHERE number IN (?, ?, ?)", *numbers)
        found = [one["in_force_from"] for one in rows]
        return f"moments: {len({*map(str, found)})}; none is without one: {yes(len(found) == 3 and all(found))}"


@pytest.mark.needs(*APPROVED, "document.effective.retire", "document:related")
@pytest.mark.script(
    "OQ-DOC-005",
    title="What another document in force refers to is not retired",
    negative=True,
    requirements=("URS-DOC-008",),
)
def test_what_is_referred_to_stays(steps, site):
    """The refusal names who refers to it; once that is retired, the other one can be."""
    made = {}

    @steps("Bring a document into force, and another one that refers to it", expected="effective, effective")
    def _():
        made["cited"] = site.effective(title="How benches are cleaned")
        made["citing"] = site.effective(title="How a day begins", related=[made["cited"].rpartition(".")[0]])
        return f"{site.person('reader').state(made['cited'])}, {site.person('reader').state(made['citing'])}"

    @steps(
        "Retire the one that is referred to",
        given="the head of function",
        expected="refused: no_effective_document_refers_to_it; the other one is named: yes; effective, 0 signatures for it",
    )
    def _():
        head = site.person("dept_approver")
        answer = head.sign(made["cited"], "retire", WHY)
        given = [
            one for one in head.signatures(made["cited"]).json["signatures"] if one["statement"]["act"] == "document.retire"
        ]
        return (
            f"{answer.signed}; the other one is named: {yes(made['citing'] in answer.words)}; "
            f"{head.state(made['cited'])}, {len(given)} signatures for it"
        )

    @steps("Retire the one that refers to it", expected="retired")
    def _():
        return site.walk(made["citing"], "retire", reason=WHY)

    @steps("Retire the other one now", expected="retired")
    def _():
        return site.walk(made["cited"], "retire", reason=WHY)


@pytest.mark.needs(*APPROVED, "document.effective.reaffirm")
@pytest.mark.script(
    "OQ-DOC-006",
    title="A document in force comes up for review before its period ends, and two people confirm it",
    negative=True,
    requirements=("URS-DOC-009",),
)
def test_the_periodic_review(steps, site, database, reading):
    """Its tasks begin ahead of the due day; with a revision in work, or by one person, it is not confirmed; confirmed, the period begins anew."""
    made, declared = {}, reading.states("document")["effective"]["due"]
    months, ahead = declared.get("months_by", {}).get("procedure", declared["months"]), declared.get("ahead_days", 0)

    def due():
        return moment(database.value(DUE, made["number"]))

    def version():
        return database.value("SELECT version FROM record WHERE number = ?", made["number"])

    @steps(
        "Bring a procedure into force",
        given="the author writes it",
        expected=f"due after {months} months: yes; its tasks begin {ahead} days before: yes",
    )
    def _():
        made["number"] = site.effective(title="How reagents are stored")
        made["due"], made["version"] = due(), version()
        here = ZoneInfo(reading.company.get("zone", "UTC"))
        begun, until = site.now().astimezone(here), made["due"].astimezone(here)
        apart = (until.year - begun.year) * 12 + until.month - begun.month
        tasks = database.rows(TASKS, made["number"])
        early = [moment(one["due_at"]).date() - moment(one["from_at"]).date() for one in tasks]
        good = bool(early) and all(abs(one.days - ahead) <= 1 for one in early)
        return f"due after {months} months: {yes(apart == months)}; its tasks begin {ahead} days before: {yes(good)}"

    @steps(
        "Begin its next revision and confirm it as it stands",
        expected="draft; refused: no_revision_is_in_work; due as before: yes",
    )
    def _():
        made["next"] = site.person("author").act(made["number"], "revise").number
        state = site.person("author").state(made["next"])
        answer = site.person("dept_approver").sign(made["number"], "reaffirm", "Compared with practice and rules")
        return f"{state}; {answer.signed}; due as before: {yes(due() == made['due'])}"

    @steps("Withdraw the revision; Quality confirms first, and alone", expected="withdrawn; refused: signer_authority")
    def _():
        state = site.walk(made["next"], "withdraw")
        return f"{state}; {site.person('qa_approver').sign(made['number'], 'reaffirm', 'Compared with practice').signed}"

    @steps("The head of function confirms it two days later", expected="signed; due as before: yes")
    def _():
        site.advance("2d")
        signed = site.person("dept_approver").sign(made["number"], "reaffirm", "Compared with practice and rules").signed
        return f"{signed}; due as before: {yes(due() == made['due'])}"

    @steps(
        "Quality confirms it",
        expected="signed; effective; due later than before: yes; the content is the same: yes; still to be signed: no",
    )
    def _():
        signed = site.person("qa_approver").sign(made["number"], "reaffirm", "Compared with practice and rules").signed
        state = site.person("reader").state(made["number"])
        now = [moment(one["from_at"]) for one in database.rows(TASKS, made["number"])]
        return (
            f"{signed}; {state}; due later than before: {yes(due() > made['due'])}; "
            f"the content is the same: {yes(version() == made['version'])}; "
            f"still to be signed: {yes(not now or min(now).date() <= site.now().date())}"
        )


@pytest.mark.needs(
    *APPROVED, "controlled_copy.prepared.issue", "controlled_copy.issued.recall", "controlled_copy.recalled.reconcile"
)
@pytest.mark.script(
    "OQ-DOC-007",
    title="A controlled copy is issued of what is in force, and recalled when that leaves force",
    negative=True,
    requirements=("URS-DOC-010",),
)
def test_a_controlled_copy(steps, site):
    """Before effect no copy is issued; the copy of a superseded revision is called back by the system, and accounted for by two people."""
    made, control = {}, site.person("doc_control")
    paper = {"kind": "print to work by", "holder": "Quality Control", "place": "Bench 2", "copies": "1"}

    @steps(
        "Prepare a copy of a document that is approved for a later day, and issue it",
        expected="refused: document_is_effective; prepared",
    )
    def _():
        made["document"] = approved(site, title="How pipettes are checked", effective_on=day(site, 40))
        made["copy"] = control.create("controlled_copy", document=[made["document"]], **paper).number
        return f"{refused(control.act(made['copy'], 'issue'))}; {control.state(made['copy'])}"

    @steps("Prepare one as its author", expected="refused: authority")
    def _():
        return refused(site.person("author").create("controlled_copy", document=[made["document"]], **paper))

    @steps("Put the document into force and issue the copy", expected="done; done; issued")
    def _():
        first = refused(control.act(made["document"], "take_effect"))
        return f"{first}; {refused(control.act(made['copy'], 'issue'))}; {control.state(made['copy'])}"

    @steps("Bring its next revision into force", expected="effective; the first one: superseded; the copy: recalled")
    def _():
        author = site.person("author")
        second = author.act(made["document"], "revise").number
        author.edit(
            second, reason_for_revision="Other tips", summary_of_changes="Section 1 names them", revision_class="full",
            effective_on="2020-01-02", reviewers=["q.qa_ops"],
        )  # fmt: skip
        for move in ("submit", "agree", "approve"):
            site.walk(second, move)
        state = site.until(second, "effective")
        copy = site.until(made["copy"], "recalled", "doc_control")
        return f"{state}; the first one: {author.state(made['document'])}; the copy: {copy}"

    @steps("Account for it without saying what became of it", expected="refused: required_fields; recalled")
    def _():
        return f"{control.sign(made['copy'], 'reconcile').signed}; {control.state(made['copy'])}"

    @steps(
        "Say that it was destroyed; document control and Quality sign", expected="200; signed; recalled; signed; reconciled"
    )
    def _():
        said = control.edit(made["copy"], outcome="destroyed", returned_on=day(site, -1)).said
        first, between = control.sign(made["copy"], "reconcile").signed, control.state(made["copy"])
        last = site.person("qa_approver").sign(made["copy"], "reconcile").signed
        return f"{said}; {first}; {between}; {last}; {control.state(made['copy'])}"


@pytest.mark.needs("controlled_copy.prepared.issue", "controlled_copy.issued.reconcile", "controlled_copy:sets", *APPROVED)
@pytest.mark.script(
    "OQ-DOC-008",
    title="Each set of a blank form is accounted for once before the account is closed",
    negative=True,
    requirements=("URS-DOC-011",),
)
def test_every_set_is_accounted_for(steps, site):
    """Half sets are not issued; a set that is missing, told of twice, never issued or lost without a word keeps the account open."""
    made, control = {}, site.person("doc_control")
    rule = "refused: every_set_is_accounted_for"

    def told(*rows):
        control.edit(made["copy"], outcome="each set as listed", returned_on=day(site, -1), sets=list(rows))
        answer = control.sign(made["copy"], "reconcile")
        made["words"] = answer.words
        return f"{answer.signed}; {control.state(made['copy'])}"

    @steps("Issue one and a half sets of a form in force", expected="refused: sets_are_counted; prepared")
    def _():
        form = site.effective(title="Sheet of a batch", **{"class": "form"})
        fields = {"document": [form], "kind": "blank form to fill in", "holder": "QC", "place": "Bench 2"}
        made["copy"] = control.create("controlled_copy", copies="1.5", **fields).number
        return f"{refused(control.act(made['copy'], 'issue'))}; {control.state(made['copy'])}"

    @steps("Issue five sets", expected="200; done; issued")
    def _():
        said = control.edit(made["copy"], copies="5").said
        return f"{said}; {refused(control.act(made['copy'], 'issue'))}; {control.state(made['copy'])}"

    @steps("Account for sets 1, 2 and 4", expected=f"{rule}; issued; sets 3 and 5 are named: yes")
    def _():
        found = told(row("1", "2", "filled"), row("4", "4", "filled"))
        return f"{found}; sets 3 and 5 are named: {yes('set 3, 5' in made['words'])}"

    @steps("Account for set 2 twice", expected=f"{rule}; issued; set 2 is named: yes")
    def _():
        found = told(row("1", "2", "filled"), row("2", "5", "filled"))
        return f"{found}; set 2 is named: {yes('accounted for twice: set 2' in made['words'].lower())}"

    @steps("Account for a sixth set", expected=f"{rule}; issued")
    def _():
        return told(row("1", "6", "filled"))

    @steps("Say that set 5 is lost, and no word of how", expected=f"{rule}; issued")
    def _():
        return told(row("1", "4", "filled"), row("5", "5", "lost"))

    @steps(
        "Account for each once, with a remark on the lost one; Quality signs as well",
        expected="signed; issued; signed; reconciled",
    )
    def _():
        found = told(row("1", "4", "filled"), row("5", "5", "lost", "Torn by the printer, reported"))
        last = site.person("qa_approver").sign(made["copy"], "reconcile").signed
        return f"{found}; {last}; {control.state(made['copy'])}"


@pytest.mark.needs("document.draft.bring_in", "document.attesting.attest", "document:scan", "document:origin")
@pytest.mark.script(
    "OQ-DOC-009",
    title="What was approved elsewhere is taken in as a certified copy of its signed original",
    negative=True,
    requirements=("URS-DOC-013",),
)
def test_approved_elsewhere(steps, site, database, reading):
    """Without its scan it is not compared, by who brought it not certified, and not by one person; nobody here has signed as its author."""
    made, control = {}, site.person("doc_control")
    prefix = reading.types["document"]["number"]["prefixes"]["procedure"]

    def attested(who):
        return f"{site.person(who).sign(made['number'], 'attest').signed}; {control.state(made['number'])}"

    @steps(
        "Bring a procedure in its fourth revision without its scan, and send it to be compared",
        expected="201; refused: required_fields; draft",
    )
    def _():
        used = {str(one["series"]) for one in database.rows("SELECT series FROM record WHERE type = 'document'")}
        series = next(name for at in range(999, 99, -1) if (name := f"{prefix}-{at}") not in used)
        fields = site.filling.values(
            "document", title="Cleaning of benches", owner="q.author", department=site.department, origin="imported", text=None,
            audience="Everybody in the laboratory", original_signers="H. Muster (QA), 3 May 2021", effective_on=None,
            original_effective_on="2021-05-10", place_of_original="Binder 7, room 2.14", reviewers=None,
        )  # fmt: skip
        answer = control.create("document", number=f"{series}.04", **fields)
        made["number"], made["series"] = answer.number, series
        return f"{answer.said}; {refused(control.act(made['number'], 'bring_in'))}; {control.state(made['number'])}"

    @steps("Add the scan and send it; a reader opens it by its series", expected="done; attesting; 404")
    def _():
        scan = control.upload("signed.png", b"\x89PNG\r\n\x1a\nscanned page of a script").json["sha256"]
        control.edit(made["number"], scan=[scan])
        found = refused(control.act(made["number"], "bring_in"))
        return f"{found}; {control.state(made['number'])}; {site.person('reader').read(made['series']).status}"

    @steps("Who brought it certifies it", expected="refused: approver_is_not_author; attesting")
    def _():
        return attested("doc_control")

    @steps("Somebody of Quality compares it with the original", expected="signed; attesting")
    def _():
        return attested("qa_approver")

    @steps("The same person signs for Quality as well", expected="refused: signers_of_a_step_are_distinct; attesting")
    def _():
        return attested("qa_approver")

    @steps("Another one of Quality signs", expected="signed; effective")
    def _():
        return attested("qa_approver.2")

    @steps("Read what was signed", expected="certified_copy, quality_approved; revision 4")
    def _():
        given = site.person("reader").signatures(made["number"]).json["signatures"]
        revision = site.person("reader").read(made["series"]).json["revision"]
        return f"{', '.join(one['statement']['meaning'] for one in given)}; revision {revision}"

"""OQ of electronic signatures: both components, by their owner, on exactly what was shown, bound to it for ever."""

from __future__ import annotations

import json

import pytest

NEEDS = ("document.draft.submit", "document.in_review.agree", "document.in_approval.approve")

GIVEN = "SELECT s.* FROM signature s JOIN record r ON r.id = s.record_id WHERE r.number = ? ORDER BY s.position"

REFUSED = "SELECT payload FROM refusal ORDER BY id DESC LIMIT 1"


def yes(it):
    return "yes" if it else "no"


def draft(site, **given):
    return site.make("document", "author", "in_approval", **given).number


def last_refusal(database):
    said = json.loads(database.value(REFUSED))
    return said["rule"]


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-SIG-001",
    title="The first signature asks for user id and password",
    negative=True,
    requirements=("URS-IDN-004", "URS-AUT-010"),
)
def test_both_components_at_first(steps, site, database):
    """Outside of a continuous period a signature is given with user id and password, and with nothing less."""
    author, made = site.again("author"), {}

    @steps("Create a complete draft", given="a document of the author", expected="201 draft")
    def _():
        made["number"] = draft(site)
        return f"201 {author.state(made['number'])}"

    @steps(
        "Open the signature dialog in a new session", expected="the dialog asks for the user id: yes, for the password: yes"
    )
    def _():
        made["dialog"] = author.dialog(made["number"], "submit")
        asks = 'name="password"' in made["dialog"].answer.text
        return f"the dialog asks for the user id: {yes(made['dialog'].asks_user_id)}, for the password: {yes(asks)}"

    @steps("Sign with the password alone", given="no user id", expected="refused: components; noted as signature_components")
    def _():
        answer = author.give(author.dialog(made["number"], "submit"), user_id="")
        return f"{answer.signed}; noted as {last_refusal(database)}"

    @steps("Sign with the user id alone", given="no password", expected="refused: components; noted as signature_components")
    def _():
        answer = author.sign(made["number"], "submit", password="")
        return f"{answer.signed}; noted as {last_refusal(database)}"

    @steps("Look for signatures", given="SQL on the copy's database", expected="0 signatures")
    def _():
        return f"{len(database.rows(GIVEN, made['number']))} signatures"

    @steps("Sign with both", given="own user id and password", expected="signed; 1 signatures")
    def _():
        return f"{author.sign(made['number'], 'submit').signed}; {len(database.rows(GIVEN, made['number']))} signatures"


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-SIG-002",
    title="A wrong password signs nothing and is noted",
    negative=True,
    requirements=("URS-IDN-004", "URS-IDN-009", "URS-AUT-010"),
)
def test_a_wrong_password(steps, site, database):
    """A password that is not the signer's gives no signature, and the attempt stands in the log of refusals without the password."""
    author, made, wrong = site.again("author"), {}, "a wrong password of the script"

    @steps("Create a complete draft", expected="draft")
    def _():
        made["number"] = draft(site)
        return author.state(made["number"])

    @steps("Sign with a wrong password", given="own user id, wrong password", expected="refused: components")
    def _():
        return author.sign(made["number"], "submit", password=wrong).signed

    @steps(
        "Read the newest refusal",
        given="SQL",
        expected="rule signature_components, act document.submit, the password in it: no",
    )
    def _():
        text = database.value(REFUSED)
        said = json.loads(text)
        return f"rule {said['rule']}, act {said['act']}, the password in it: {'yes' if wrong in text else 'no'}"

    @steps("Look at the record", expected="draft, 0 signatures")
    def _():
        return f"{author.state(made['number'])}, {len(database.rows(GIVEN, made['number']))} signatures"


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-SIG-003", title="Nobody signs in the session of another", negative=True, requirements=("URS-IDN-007", "URS-AUT-010")
)
def test_components_of_another(steps, site, database):
    """User id and password of somebody else are right for that person and wrong for a signature in this session."""
    author, made = site.again("author"), {}

    @steps("Create a complete draft", expected="draft")
    def _():
        made["number"] = draft(site)
        return author.state(made["number"])

    @steps(
        "Sign in the author's session with a colleague's user id and password",
        given="q.author.2 and the right password",
        expected="refused: components; noted as wrong_owner",
    )
    def _():
        answer = author.sign(made["number"], "submit", user_id="q.author.2")
        return f"{answer.signed}; noted as {last_refusal(database)}"

    @steps("Look for signatures", expected="0 signatures")
    def _():
        return f"{len(database.rows(GIVEN, made['number']))} signatures"


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-SIG-004",
    title="A later signature of a period asks for the password, and for no less",
    negative=True,
    requirements=("URS-IDN-005", "URS-IDN-006"),
)
def test_later_signatures(steps, site, database, reading):
    """In a continuous period the password is asked for each time; a failed attempt, signing out and a new session end the period."""
    author, made = site.again("author"), {}
    runs = reading.policies.get("signing_period_minutes", 30) > 0
    later = "no" if runs else "yes"

    def asked(number):
        return "yes" if author.dialog(number, "submit").asks_user_id else "no"

    @steps("Sign a first document with both components", expected="signed")
    def _():
        made["numbers"] = [draft(site) for _ in range(5)]
        return author.sign(made["numbers"][0], "submit").signed

    @steps("Open the dialog of a second one", expected=f"asks for the user id: {later}")
    def _():
        return f"asks for the user id: {asked(made['numbers'][1])}"

    @steps("Sign it without any component", given="neither user id nor password", expected="refused: components")
    def _():
        return author.sign(made["numbers"][1], "submit", user_id="", password="").signed

    @steps("Open the dialog again after the failed attempt", expected="asks for the user id: yes")
    def _():
        return f"asks for the user id: {asked(made['numbers'][1])}"

    @steps("Sign with both, then the next one as the dialog asks", expected="signed, signed")
    def _():
        return f"{author.sign(made['numbers'][1], 'submit').signed}, {author.sign(made['numbers'][2], 'submit').signed}"

    @steps("Sign out and in again, and open the dialog of the next", expected="asks for the user id: yes")
    def _():
        author.leave()
        return f"asks for the user id: {asked(made['numbers'][3])}"

    @steps(
        "Read the components of the signatures",
        given="SQL: the manifests",
        expected="user_id+password, user_id+password, " + ("password" if runs else "user_id+password"),
    )
    def _():
        found = [json.loads(database.rows(GIVEN, number)[0]["manifest"])["components"] for number in made["numbers"][:3]]
        return ", ".join("+".join(one) for one in found)


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-SIG-005",
    title="What was changed since the dialog was opened is not signed",
    negative=True,
    requirements=("URS-SIG-005", "URS-LED-006"),
)
def test_a_moved_record(steps, site, database):
    """Who looked at one content cannot sign another one: the answer is to look again."""
    author, made = site.again("author"), {}

    @steps("Create a complete draft and open its dialog", expected="200")
    def _():
        made["number"] = draft(site)
        made["dialog"] = author.dialog(made["number"], "submit")
        return str(made["dialog"].answer.status)

    @steps("Change the title meanwhile, as the owner in another browser", expected="200")
    def _():
        return site.person("author").edit(made["number"], title="Another title than the one that was shown").said

    @steps("Sign what the first dialog showed", given="both components, right", expected="look again")
    def _():
        return author.give(made["dialog"], user_id="q.author").signed

    @steps("Look for signatures and the state", expected="0 signatures, draft")
    def _():
        return f"{len(database.rows(GIVEN, made['number']))} signatures, {author.state(made['number'])}"

    @steps("Look again and sign", expected="signed")
    def _():
        return author.sign(made["number"], "submit").signed


@pytest.mark.needs(*NEEDS)
@pytest.mark.script("OQ-SIG-008", title="A token cannot sign", negative=True, requirements=("URS-IDN-023",))
def test_a_token_cannot_sign(steps, site, database):
    """Whatever its scopes, a program gives no signature."""
    made = {}

    @steps("Create a complete draft and issue a token of its author for everything", expected="a token: yes")
    def _():
        made["number"], made["token"] = draft(site), site.token("author", "*")
        return f"a token: {'yes' if made['token'].secret else 'no'}"

    @steps("Do the signed move by the interface", expected="403 human_signature_required; 0 signatures; draft")
    def _():
        answer = made["token"].act(made["number"], "submit")
        return f"{answer.status} {answer.rule}; {len(database.rows(GIVEN, made['number']))} signatures; {site.person('author').state(made['number'])}"

    @steps("Post the web dialog with the token instead of a session", expected="signed: no; 0 signatures")
    def _():
        answer = made["token"].post(
            f"/r/{made['number']}/sign/submit", {"password": site.copy.password, "user_id": "q.author"}
        )
        return (
            f"signed: {'yes' if answer.signed == 'signed' else 'no'}; {len(database.rows(GIVEN, made['number']))} signatures"
        )


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-SIG-013",
    title="A dialog answers once, for one statement",
    negative=True,
    requirements=("URS-SIG-016", "URS-SIG-014"),
)
def test_a_dialog_answers_once(steps, site, database):
    """A statement of one record signs no other one, an invented one signs nothing, and a repeated request adds no signature."""
    author, made = site.again("author"), {}

    @steps("Open the dialogs of two documents", expected="number, meaning and hash are shown: yes")
    def _():
        made["numbers"] = [draft(site), draft(site)]
        made["dialogs"] = [author.dialog(one, "submit") for one in made["numbers"]]
        words = made["dialogs"][0].answer.words
        shown = made["numbers"][0] in words and made["dialogs"][0].sends.get("statement")
        return f"number, meaning and hash are shown: {'yes' if shown else 'no'}"

    @steps("Sign the first with the statement of the second", given="both components", expected="signed: no")
    def _():
        answer = author.give(made["dialogs"][0], user_id="q.author", statement=made["dialogs"][1].sends["statement"])
        return f"signed: {'yes' if answer.signed == 'signed' else 'no'}"

    @steps("Sign with an invented statement", given="64 zeros", expected="signed: no")
    def _():
        answer = author.give(author.dialog(made["numbers"][0], "submit"), user_id="q.author", statement="0" * 64)
        return f"signed: {'yes' if answer.signed == 'signed' else 'no'}"

    @steps("Sign, then send the same request again", expected="signed; 1 signatures")
    def _():
        shown = author.dialog(made["numbers"][0], "submit")
        first = author.give(shown, user_id="q.author")
        author.give(shown, user_id="q.author")
        return f"{first.signed}; {len(database.rows(GIVEN, made['numbers'][0]))} signatures"


@pytest.mark.needs(*NEEDS)
@pytest.mark.script("OQ-SIG-014", title="A signature stays with its person", requirements=("URS-SIG-013", "URS-SIG-001"))
def test_stays_with_its_person(steps, site, database):
    """After the account was disabled and the name changed the signature shows the name of its day and counts."""
    made = {}

    @steps("Let somebody new sign a document and be disabled afterwards", expected="signed, disabled")
    def _():
        person = made["person"] = site.newcomer("author", name="Signs Once")
        made["number"] = person.create(
            "document",
            **site.filling.values("document", "in_approval", owner=person.user_id) | {"department": site.department},
        ).number
        signed = person.sign(made["number"], "submit").signed
        made["record"] = site.hiring.number_of(person.user_id)
        administrator = site.person("sysadmin")
        administrator.edit(made["record"], reason="Married last week", printed_name="Signs Anotherwise")
        head = administrator.read(made["record"]).json
        administrator.post(
            f"/accounts/{made['record']}/deactivate", {"seen": str(head["position"]), "reason": "Left the company today"}
        )
        return f"{signed}, {administrator.state(made['record'])}"

    @steps("Read the signature", given="SQL and the interface", expected="Signs Once, counts")
    def _():
        row = database.rows(GIVEN, made["number"])[0]
        one = site.person("qa_approver").signatures(made["number"]).json["signatures"][0]
        return f"{row['printed_name']}, {'counts' if one['counts'] else 'void'}"

    @steps("Read the printed copy", expected="names Signs Once: yes")
    def _():
        return f"names Signs Once: {'yes' if 'Signs Once' in site.person('qa_approver').pdf(made['number']) else 'no'}"


@pytest.mark.script(
    "OQ-SIG-015",
    title="Nobody signs before the statement on signatures was accepted",
    negative=True,
    requirements=("URS-IDN-027",),
)
@pytest.mark.needs(*NEEDS, "policy:signing_statement")
def test_the_statement_is_accepted_first(steps, site, database):
    """A person who has not accepted the statement in force is refused a signature, with the rule named."""
    made = {}

    @steps("Invite and enrol somebody who accepts nothing, and open the dialog of a CV", expected="signed: no")
    def _():
        page = site.hiring.invite("q.unsworn", "Not Yet Sworn")
        made["person"] = site.another("q.unsworn", "a long password of the unsworn one 4711")
        site.join(made["person"])
        site.hiring.enrol(page, made["person"])
        made["number"] = (
            made["person"]
            .create("personnel_item", person="q.unsworn", kind="cv", title="CV", text="Worked elsewhere.")
            .number
        )
        made["answer"] = made["person"].sign(made["number"], "declare")
        return f"signed: {'yes' if made['answer'].signed == 'signed' else 'no'}"

    @steps("Read the rule", expected="a rule is named: yes; 0 signatures")
    def _():
        return f"a rule is named: {'yes' if made['answer'].rule else 'no'}; {len(database.rows(GIVEN, made['number']))} signatures"

    @steps("Accept the statement, then sign", expected="signed")
    def _():
        made["person"].accept_statement()
        return made["person"].sign(made["number"], "declare").signed

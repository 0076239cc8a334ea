"""Forms leave out what was agreed and what the system writes; what they leave out is refused all the same."""

from __future__ import annotations

import pytest

from indelible.kernel.errors import Refused
from indelible.kernel.models import Record
from indelible.modules.suppliers import filling as of_suppliers
from indelible.modules.suppliers import programme
from indelible.practice import filling
from tests.homes import TestHome
from tests.modules import audits, events, trained


def head(number: str) -> Record:
    return Record.objects.get(number=number)


def test_what_was_agreed_of_an_action_is_asked_once(home: TestHome) -> None:
    number = events.action(home, events.capa(home))

    assert not filling.left_out("action", None)
    assert {"what", "due_on", "blocks_closing"} <= filling.left_out("action", head(number))
    assert "evidence" not in filling.left_out("action", head(number))
    with pytest.raises(Refused):
        home.act("ann", "action.edit", number, fields={"due_on": events.day(5)})


def test_what_was_found_is_asked_until_the_report_is_issued(home: TestHome) -> None:
    number = audits.begun(home)
    found = audits.finding(home, number)
    assert not filling.left_out("finding", head(found))

    audits.issued(home, number)

    left_out = filling.left_out("finding", head(found))
    assert {"text", "class", "evidence", "audit"} <= left_out
    assert not {"cause", "correction", "owner"} & left_out


def test_answers_are_asked_only_where_there_is_a_quiz_and_begin_with_a_row_for_each_question(home: TestHome) -> None:
    read, asked = trained.procedure(home), trained.in_force(home, title="Filling the tank")
    home.act("doc", "document.take_effect", read)
    again = home.until(home.revise("ann", asked, training="quiz", effective_on=events.day(14)), "approved")
    trained.quizzed(home, again)
    trained.curriculum(home, read[:-3], again[:-3], everybody=False, people=["rea"])
    quiz, plain = trained.only(home, "rea", of=again), trained.only(home, "rea", of=read)

    assert "answers" in filling.left_out("training", plain)
    assert "answers" not in filling.left_out("training", quiz)
    assert {"what", "trainee", "due_on"} <= filling.left_out("training", quiz)
    assert filling.first_values(quiz)["answers"] == [{"question": "1"}, {"question": "2"}]
    assert not filling.first_values(plain)
    assert "answers" in filling.left_out("training", None)


def test_every_item_with_a_rule_says_what_its_form_asks() -> None:
    assert set(of_suppliers.ASKED) == set(programme._RULES)
    assert {"tier", "tier_basis"} == filling.left_out("supplier", None)
    assert {"score", "score_basis"} <= filling.left_out("supplier_evidence", None)

"""What may be asked, handed over and closed, and by whom: a second person checks what leaves, and hosts do not close."""

from __future__ import annotations

from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.models import Record
from indelible.kernel.reasons import is_filler
from indelible.kernel.rules import rule
from indelible.modules.inspections import listing
from indelible.practice import belonging, filling

REQUEST = "inspection_request"
OPEN = ("announced", "running")
SYSTEMS = ("handed_over", "prepared_by")
SAID, PREPARE = "said", "prepare_answer"


@rule("inspection_days_follow")
def inspection_days_follow(case: Case) -> str | None:
    """The days of an inspection, and those of the records that are shown, follow each other."""
    for first, last, words in (("from_on", "until_on", "inspection"), ("records_from", "records_until", "records")):
        if case.value(first) and case.value(last) and case.value(last) < case.value(first):
            return f"The last day of the {words} lies before the first one."
    return None


@rule("what_is_left_out_is_a_type")
def what_is_left_out_is_a_type(case: Case) -> str | None:
    """Each type that is left out of what is shown is one of the configuration: a name that is misspelt would hide nothing."""
    unknown = [one for one in names(case.value("left_out")) if one not in case.configuration.types]
    return f"No type has the name {', '.join(unknown)[:200]}: write it as the configuration does." if unknown else None


@rule("presented_at_a_screen")
def presented_at_a_screen(case: Case) -> str | None:
    """Somebody presents in the session of a browser, which then shows what an inspector may see and nothing else."""
    by_hand = case.ctx.via == "session"
    return None if by_hand else "A program presents nothing: sign in to the pages and begin it there."


@rule("requests_are_settled", alone=True)
def requests_are_settled(case: Case) -> str | None:
    """An inspection is closed when each request was answered, with something handed over or said, or withdrawn."""
    waiting = [one.number for one in belonging.children(case.head) if one.type == REQUEST and not belonging.ended(one)]
    return f"Neither answered nor withdrawn: {', '.join(waiting[:20])}." if waiting else None


@rule("host_does_not_close")
def host_does_not_close(case: Case) -> str | None:
    """Who hosts or presents an inspection does not close it."""
    named = {*case.named_people("host"), *case.named_people("hosts")}
    mine = case.person is not None and str(case.person.id) in named
    return "You host this inspection; somebody else of Quality closes it." if mine else None


@rule("request_is_of_an_open_inspection", alone=True)
def request_is_of_an_open_inspection(case: Case) -> str | None:
    """Something is asked in an inspection that is announced or running, and the request stays with it."""
    inspection = belonging.parent(case)
    if inspection is None:
        return None
    if case.record is None:
        label = records.state_of(inspection).label.lower()
        return None if inspection.state in OPEN else f"{inspection.number} is {label}: nothing is asked in it any more."
    moved = records.values(case.record)["inspection"] != case.value("inspection")
    return "A request stays with the inspection in which it was asked." if moved else None


@rule("list_is_written_by_the_system")
def list_is_written_by_the_system(case: Case) -> str | None:
    """The list of what is handed over, with versions and hashes, is written by the system as it is prepared."""
    before = records.values(case.record) if case.record else {}
    typed = (
        case.person is not None and case.verb != PREPARE and any(before.get(name) != case.value(name) for name in SYSTEMS)
    )
    return "The system writes the list when you have it checked; name records and files instead." if typed else None


@rule("no_draft_is_handed_over", alone=True)
def no_draft_is_handed_over(case: Case) -> str | None:
    """Nothing is handed over that is still a draft."""
    found = listing.named(item["number"] for item in case.value("records") or [])
    drafts = [one.number for one in found if records.state_of(one).look == "draft"]
    return f"Still a draft: {', '.join(drafts[:20])}. Hand over what is approved or at work." if drafts else None


@rule("something_is_handed_over_or_said")
def something_is_handed_over_or_said(case: Case) -> str | None:
    """An answer hands over a record or a file, or says something in words."""
    if case.value("how") != SAID:
        there = case.value("records") or case.value("files")
        return None if there else "Nothing is handed over: name the records or bring the files, or say it in words."
    text = str(case.value("answer") or "").strip()
    short = len(text) < case.configuration.policies.reason_length or is_filler(text)
    return "The answer says nothing: write down what was said." if short else None


@rule("it_is_still_as_listed", alone=True)
def it_is_still_as_listed(case: Case) -> str | None:
    """What is checked and handed over is what was listed: no record has changed since, none has a newer revision."""
    listed, now = case.value("handed_over") or [], listing.rows(case.content)
    if [row["sha256"] for row in listed] == [row["sha256"] for row in now]:
        return None
    kept = {row["sha256"] for row in listed}
    changed = [row["what"] for row in now if row["sha256"] not in kept]
    return f"Changed since it was listed: {', '.join(changed[:20])}. Return the request, and have it checked again."


@rule("checker_does_not_hand_over")
def checker_does_not_hand_over(case: Case) -> str | None:
    """Who prepared or hands over an answer does not check it, and who checked it does not hand it over."""
    if case.person is None:
        return None
    me = str(case.person.id)
    if case.meaning:
        mine = me == str(case.head.owner_id) or me in case.named_people("prepared_by")
        return "You answer this request; a second person checks it before it leaves." if mine else None
    checked = any(one["person"] == me for one in case.done_signatures())
    return "You checked this; somebody else hands it over." if checked else None


@filling.leaves_out(REQUEST)
def the_list_is_not_asked(_record: Record | None) -> tuple[str, ...]:
    """Nobody is asked for what the system writes."""
    return SYSTEMS


def names(text: object) -> list[str]:
    """Give the names in a text with commas between them."""
    return [one for one in str(text or "").replace(",", " ").split() if one]

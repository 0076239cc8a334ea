"""What a document must have before people spend their time on it, and when it may take effect or leave force."""

from __future__ import annotations

import re
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from indelible.kernel.case import Case
from indelible.kernel.models import Link, Record
from indelible.kernel.rules import rule
from indelible.modules.documents.accounting import untold, whole

WITH = "takes_effect_with"
WINDOW = {"full": 14, "limited": 7, "administrative": 0}  # days for training between approval and effect
BLANK = "blank form to fill in"
TRAINED = ("read", "quiz", "practical")


ADAPT = re.compile(r"\[\[\s*adapt\b[^\]]*(?:\]\])?", re.IGNORECASE)  # what a company has to say itself in a shipped text
HEADING = re.compile(r"(?m)^#+[ \t]+(.+)$")


@rule("content_complete")
def content_complete(case: Case) -> str | None:
    """A document has text or a file before it is sent for review."""
    return None if case.value("text") or case.value("file") else "There is neither text nor a file."


@rule("nothing_is_left_to_adapt")
def nothing_is_left_to_adapt(case: Case) -> str | None:
    """A text that was begun from a shipped procedure says what holds in this company: no mark to adapt stands in it."""
    text = str(case.value("text") or "")
    found = list(ADAPT.finditer(text))
    if not found:
        return None
    headings = HEADING.findall(text[: found[0].start()])
    place = f"under “{headings[-1].strip()}”" if headings else "at its beginning"
    count = "One place is" if len(found) == 1 else f"{len(found)} places are"
    words = " ".join(found[0][0].split())
    return f"{count} still to be adapted, the first {place}: {words[:120]}. Write what holds here, or take it out."


@rule("reviewers_are_not_authors")
def reviewers_are_not_authors(case: Case) -> str | None:
    """Who reviews did not write it."""
    writers = {str(case.head.author_id), *case.head.marks.get("editors", [])}
    clash = writers & set(case.named_people("reviewers"))
    return "A reviewer wrote or edited this document; name somebody else." if clash else None


@rule("revision_is_explained")
def revision_is_explained(case: Case) -> str | None:
    """From the second revision on a document says why and what was revised, and how much that means; a specification names its change."""
    if case.head.revision == 1:
        return None
    asked = ["reason_for_revision", "summary_of_changes", "revision_class"]
    asked += ["change_record"] if case.value("class") == "specification" else []
    lacking = [name for name in asked if not case.value(name)]
    words = ", ".join(field.title.lower() for name in lacking if (field := case.declaration.field(name)))
    return f"A revision needs: {words}." if lacking else None


@rule("effect_is_planned")
def effect_is_planned(case: Case) -> str | None:
    """It is known when the document takes effect: on a day, or together with another one."""
    if case.value("effective_on") or case.value(WITH):
        return None
    return "Say when it takes effect: on a day, or with another document."


@rule("a_revision_is_in_force")
def a_revision_is_in_force(case: Case) -> str | None:
    """Only what is in force already can be changed in a merely administrative way."""
    found = Record.objects.filter(series=case.head.series, standing="in_force").exists()
    return None if found else "No revision is in force yet, so there is nothing to change merely administratively."


@rule("series_is_new_here", alone=True)
def series_is_new_here(case: Case) -> str | None:
    """What was approved elsewhere begins a series here; once it has begun, revisions are approved here."""
    other = Record.objects.filter(series=case.head.series).exclude(pk=case.head.pk).first()
    return f"{other.number} is here already: what follows it is reviewed and approved here." if other else None


@rule("training_window_is_left")
def training_window_is_left(case: Case) -> str | None:
    """Between approval and effect the people of the audience have time to be trained."""
    on, window = case.value("effective_on"), WINDOW.get(case.value("revision_class") or "full", 0)
    if on is None or case.value("training") not in TRAINED:
        return None
    earliest = case.at.astimezone(ZoneInfo(case.configuration.company.zone)).date() + timedelta(days=window)
    if date.fromisoformat(on) >= earliest:
        return None
    return f"Training takes {window} days before it takes effect, so {earliest} is the earliest day; amend it."


@rule("its_procedure_is_effective")
def its_procedure_is_effective(case: Case) -> str | None:
    """A form or work instruction does not take effect before the document that it belongs to."""
    for linked in case.value(WITH) or []:
        number = linked["number"]
        standings = set(Record.objects.filter(Q(number=number) | Q(series=number)).values_list("standing", flat=True))
        if "in_force" not in standings or "in_work" in standings:
            return f"It takes effect together with {number}, which is not effective yet."
    return None


@rule("what_takes_effect_with_it_is_approved")
def what_takes_effect_with_it_is_approved(case: Case) -> str | None:
    """A procedure waits for the forms and work instructions that take effect with it."""
    late = [one.number for one in companions(case) if one.state != "approved"]
    return f"Not approved yet, and to take effect with it: {', '.join(late)}." if late else None


@rule("no_revision_is_in_work")
def no_revision_is_in_work(case: Case) -> str | None:
    """Nobody confirms a document as it stands while its next revision is being written."""
    other = Record.objects.filter(series=case.head.series, standing="in_work").first()
    return f"{other.number} is in work: the review ends with it, or with its withdrawal." if other else None


@rule("no_effective_document_refers_to_it", alone=True)
def no_effective_document_refers_to_it(case: Case) -> str | None:
    """Nothing that is in force sends its readers to a document that is not."""
    found = Record.objects.filter(type=case.type, standing="in_force", pk__in=citing(case)).exclude(series=case.head.series)
    numbers = ", ".join(found.order_by("number").values_list("number", flat=True)[:20])
    return f"It is referred to by {numbers}: revise these first, or retire them with it." if numbers else None


def companions(case: Case) -> list[Record]:
    """Give the revisions in work that take effect together with this document."""
    names = [case.head.number, case.head.series]
    linked = Link.objects.filter(target__in=names, relation=WITH).values("record_id")
    return list(Record.objects.filter(pk__in=linked, standing="in_work").order_by("number"))


def citing(case: Case) -> list[UUID]:
    """Give the ids of the records whose content links to this document, whichever revision they name."""
    rows = Link.objects.filter(Q(target=case.head.number) | Q(target=case.head.series))
    return list(rows.values_list("record_id", flat=True))


@rule("document_is_effective")
def document_is_effective(case: Case) -> str | None:
    """People get paper of what is in force, and of nothing else."""
    numbers = [linked["number"] for linked in case.value("document") or []]
    found = Record.objects.filter(number__in=numbers, standing="in_force").exists()
    return None if found else "The document that it names is not in force; name the effective revision."


@rule("sets_are_counted")
def sets_are_counted(case: Case) -> str | None:
    """Sets of sheets are counted in whole numbers, because each of them has a number."""
    return None if whole(case.value("copies")) else "Sets of sheets are counted in whole numbers, from 1."


@rule("every_set_is_accounted_for")
def every_set_is_accounted_for(case: Case) -> str | None:
    """Of blank forms each numbered set is accounted for, once: one that is missing may have been filled in elsewhere."""
    if case.value("kind") != BLANK:
        return None
    return untold(case.value("sets") or [], whole(case.value("copies")) or 0)

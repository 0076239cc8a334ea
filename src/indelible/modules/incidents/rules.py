"""What must be known of an incident before it is closed: what it did to data, its cause, who was told."""

from __future__ import annotations

from datetime import timedelta

from indelible.infra import clock
from indelible.kernel.case import Case
from indelible.kernel.models import Party
from indelible.kernel.reasons import is_filler
from indelible.kernel.rules import rule
from indelible.practice import answering

CLOCK = timedelta(hours=72)  # to the authority, from the moment at which it was noticed (GDPR, article 33)
JUDGED = ("records_affected", "impact", "class_reason", "cause")


@rule("data_impact_assessed")
def data_impact_assessed(case: Case) -> str | None:
    """What an incident did to data is judged: records and period, principle, decisions already taken, class and cause."""
    lacking = [name for name in JUDGED if _says_nothing(case, name)]
    hurt = [one for one in case.value("principle") or [] if one != "none"]
    if lacking:
        words = ", ".join(field.title.lower() for name in lacking if (field := case.declaration.field(name)))
        return f"Not assessed, or without a word that says something: {words}."
    if case.value("data_affected") is None or bool(case.value("data_affected")) != bool(hurt):
        return "Where data are affected name the principle that was hurt; where none was, say that data are not affected."
    return None


@rule("authority_was_told")
def authority_was_told(case: Case) -> str | None:
    """Where personal data are concerned the authority was told within 72 hours, or it is written down why not, or why late."""
    if not case.value("personal_data") or not _says_nothing(case, "not_notified_reason"):
        return None
    told = case.value("notified_at")
    if told is None:
        return "Personal data are concerned: say when the authority was told, or why it need not be."
    late = clock.parse(told) - clock.parse(case.value("detected_at")) > CLOCK
    return "The authority was told more than 72 hours after the detection: say why so late." if late else None


@rule("critical_needs_cause_and_capa", alone=True)
def critical_needs_cause_and_capa(case: Case) -> str | None:
    """A critical incident is closed with its cause and a CAPA whose plan is approved; any other one where a CAPA is needed."""
    critical = case.value("class") == "critical"
    if critical and _says_nothing(case, "cause"):
        return "A critical incident is not closed without its cause."
    if not critical and not case.value("capa_needed"):
        return None
    return None if answering.planned(case.head) else answering.lacking(case.head)


@rule("closer_is_not_named_in_it")
def closer_is_not_named_in_it(case: Case) -> str | None:
    """Who closes for Quality is named nowhere in the record."""
    if case.meaning not in ("", "quality_approved") or case.person is None:
        return None
    named = Party.objects.filter(record_id=case.head.id, person_id=case.person.id).exists()
    return "You are named in this record; somebody else of Quality closes it." if named else None


def _says_nothing(case: Case, name: str) -> bool:
    text = str(case.value(name) or "")
    return len(text.strip()) < case.configuration.policies.reason_length or is_filler(text)

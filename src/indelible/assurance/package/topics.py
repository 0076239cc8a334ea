"""The only place that lists what the documents ask of a company in words, and what stands there while nobody has said it."""

from __future__ import annotations

from collections.abc import Mapping

TOPICS: Mapping[str, str] = {
    "supplier": "No assessment of the supplier (for this open-source project: of the project) is on record.",
    "agreement": "No agreement with a host or with internal IT is on record.",
    "environments": "Nothing is on record about further environments. Machine tests ran in a disposable copy, installation checks on the live "
                    "installation.",
    "roles": "No names are on record for the roles of this validation beyond those listed here.",
    "test data": "Test data were made by the scripts in the copy; no data of the live system were used, unless a script says otherwise.",
    "schedule": "No schedule is on record.",
    "training plan": "No plan for the training of testers and users is on record.",
    "maintaining": "No procedure for keeping the validated state is on record.",
    "change control": "No procedure for changes during validation is on record.",
    "procedures": "No procedures in force are on record for users, passwords, backup, recovery and archive.",
    "trail review": "No frequency of the audit-trail review is on record.",
    "originals": "Nothing is on record about how original data and metadata are kept.",
    "migration": "Nothing is on record about data that were migrated.",
    "restrictions": "No restriction of use is on record.",
    "residual risks": "No residual risk was accepted by signature.",
    "release evidence": "No release evidence was reviewed by signature; nothing is leveraged on it.",
    "next review": "No date of the next periodic review is on record.",
    "restore": "No restore test is on record.",
    "configuration authority": "Nothing is on record about who may change the configuration.",
    "training status": "Nothing is on record about the training of users.",
    "departures": "No departure from the plan is on record.",
    "conclusion": "No conclusion was signed. Release is an act of people; this package does not release anything.",
    "sample": "No sampling of results for the independent review is on record.",
}  # fmt: skip


def said(given: Mapping[str, str], topic: str) -> tuple[str, bool]:
    """Give what was said on a topic, or the sentence that it is missing and False; raises KeyError for an unknown topic."""
    missing = TOPICS[topic]
    return (given[topic], True) if given.get(topic) else (missing, False)


def absent(given: Mapping[str, str]) -> list[str]:
    """Give the sentences of every topic on which nothing was said."""
    return [sentence for topic, sentence in TOPICS.items() if not given.get(topic)]

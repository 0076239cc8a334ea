"""Every named rule of the shipped configuration once more, in other words: who and what it keeps out.

Each function says whether the rule stands in the way. `WORLD` is what a rule may know beyond the record.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from indelible.assurance.qualification.reading import CONFIRMED, DISTINCT, WITHHOLD, Answer, Reading, Somebody, Thing, people
from tests.properties import control_rules, validation_rules

EXCLUDES_ALL = {"sysadmin", "guest_inspector", "guest_external", "guest_contributor"}


@dataclass
class World:
    """What is true beside the record: the roles that everybody holds now, by person's id."""

    reading: Reading
    roles: dict[str, set[str]] = field(default_factory=dict)
    active: set[str] = field(default_factory=set)
    unfiled: set[str] = field(default_factory=set)
    administrators: int = 1
    effective: set[str] = field(default_factory=set)
    running: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)
    products: set[str] = field(default_factory=set)
    audits: set[str] = field(default_factory=set)
    suppliers: set[str] = field(default_factory=set)
    questioned: set[str] = field(default_factory=set)
    now: Callable[[], str] = str
    home: str = "released"
    days_since_genesis: int = 0
    newer: Callable[[Thing], bool] = bool  # whether another item of the same file and kind came into force after it
    verified: Callable[[Thing], bool] = bool  # whether somebody's identity was verified since they came, or came back
    barred: Callable[[Thing], set[str]] = lambda _: set()  # who gave a person the credential after which it is verified anew
    decided: Callable[[Thing], bool] = bool  # whether what is reported was decided as it stands now


Stands = Callable[[Thing, Somebody, World], bool]


def _wrote(thing: Thing) -> set[str]:
    return {person for person in (thing.author, *thing.editors) if person}


def _scope_misfits(thing: Thing, _: Somebody, world: World) -> bool:
    scoped = bool(world.reading.roles[thing.values["role"]].get("scoped"))
    return scoped != bool(thing.values.get("department"))


def _clashes(thing: Thing, _: Somebody, world: World) -> bool:
    """Administrators and guests hold nothing else; the three exclude one another too."""
    held = {role for person in people(thing.values.get("person")) for role in world.roles.get(person, set())}
    mine = held | {thing.values["role"]}
    return len(mine) > 1 and bool(mine & EXCLUDES_ALL)


def _sets_untold(thing: Thing, _: Somebody, __: World) -> bool:
    """Each number from 1 to what was issued stands in one row alone; what is lost or spoiled has a remark."""
    if thing.values.get("kind") != "blank form to fill in":
        return False
    told: list[int] = []
    for row in thing.values.get("sets") or []:
        first, last = str(row.get("first") or ""), str(row.get("last") or row.get("first") or "")
        explained = row.get("became") in ("filled in and filed", "unused and destroyed") or bool(
            row.get("became") and row.get("remark")
        )
        if not (first.isdigit() and last.isdigit() and explained):
            return True
        told += range(int(first), int(last) + 1)
    return sorted(told) != [*range(1, int(thing.values["copies"]) + 1)]


def _not_own(thing: Thing, _: Somebody, world: World) -> bool:
    who = people(thing.values["person"])
    return who != [thing.author] or thing.values["role"] not in world.roles.get(who[0], set())


def _no_deputy(thing: Thing, _: Somebody, world: World) -> bool:
    (deputy,) = people(thing.values["deputy"])
    itself = [deputy] == people(thing.values["person"])
    return itself or deputy not in world.active or thing.values["role"] not in world.roles.get(deputy, set())


def _too_long(thing: Thing, _: Somebody, world: World) -> bool:
    begins, until = (date.fromisoformat(thing.values[name]) for name in ("begins", "until"))
    return not 0 <= (until - begins).days <= 30 or until < date.fromisoformat(world.now()[:10]) - timedelta(days=1)


def _too_far(thing: Thing, _: Somebody, world: World) -> bool:
    today = datetime.fromisoformat(world.now()).astimezone(ZoneInfo("America/New_York")).date()
    return thing.state == "draft" and not 0 <= (date.fromisoformat(thing.values["until"]) - today).days <= 90


def _leads_nobody(thing: Thing, _: Somebody, world: World) -> bool:
    manager, person = people(thing.values.get("manager")), people(thing.values["person"])
    return manager == person or (bool(manager) and not world.roles.get(manager[0], set()) & {"executive", "dept_approver"})


def _file_lacks(thing: Thing, _: Somebody, world: World) -> bool:
    asks = world.reading.roles[thing.values["role"]].get("file")
    return bool(asks) and bool({*people(thing.values["person"])} & world.unfiled)


def _unanswerable(thing: Thing, *_: Any) -> bool:
    questions = thing.values.get("questions") or []
    return not questions or any(not row.get(row["right"]) for row in questions)


def _last_administrator(thing: Thing, _: Somebody, world: World) -> bool:
    return bool(thing.values["role"] == "sysadmin" and world.administrators == 1)


def quality_is_the_case(thing: Thing, who: Somebody, world: World, meaning: str) -> bool:
    """Say whether Quality owns or caused it and this signature is one that somebody else has to give."""
    owned = bool(world.roles.get(str(thing.owner), set()) & {"qa_ops", "qa_approver"})
    said = thing.values.get("quality_concerned")
    if owned and said is False:
        return True
    if not (owned or said):
        return False
    if meaning == "approved":
        return "executive" not in {role for role, _ in who.roles}
    fields = world.reading.fields(thing.type).values()
    named = {
        p for f in fields if f["kind"] == "person" and f["name"] != "owner" for p in people(thing.values.get(f["name"]))
    }
    return meaning == "quality_approved" and who.id in named | {thing.author, thing.owner}


def _did(thing: Thing) -> set[str]:
    signed = {given.person for given in thing.done if given.meaning in ("performed", "authored")}
    return signed | {*people(thing.values.get("assignee"))}


def _by(thing: Thing, field: str) -> set[str | None]:
    return {thing.author, thing.owner, *people(thing.values.get(field))}


def _heads_of_nothing(thing: Thing, _: Somebody, world: World) -> bool:
    heads = {"dept_approver", "system_owner"}
    return any(not world.roles.get(person, set()) & heads for person in people(thing.values.get("assessors")))


def _nothing_to_see(thing: Thing, *_: Any) -> bool:
    reasons = [
        thing.values.get(f"{name}_{part}") for name in ("product", "patient", "data") for part in ("impact", "reason")
    ]
    return None in reasons or "n/a" in reasons


def _impact_open(thing: Thing, *_: Any) -> bool:
    said = [str(thing.values.get(name) or "") for name in ("records_affected", "impact", "class_reason", "cause")]
    hurt = {*(thing.values.get("principle") or [])} - {"none"}
    affected = thing.values.get("data_affected")
    return any(len(one) < 10 for one in said) or affected is None or affected != bool(hurt)


def _named_in(thing: Thing, who: Somebody, world: World) -> bool:
    fields = (
        name for name, field in world.reading.fields(thing.type).items() if field["kind"] == "person" and name != "owner"
    )
    return who.id is not None and who.id in {
        thing.author,
        thing.owner,
        *(p for n in fields for p in people(thing.values.get(n))),
    }


def _no_lead(thing: Thing, *_: Any) -> bool:
    safety = thing.values.get("adverse_event") != "no"
    return not thing.values.get("medical_lead") and (safety or not thing.values.get("regulatory_lead"))


def _cause_open(thing: Thing, *_: Any) -> bool:
    asked = ["cause", "cause_code", "method", "look_back"]
    asked += {"five whys": ["whys"], "fishbone": ["fishbone"]}.get(str(thing.values.get("method")), [])
    return any(not thing.values.get(name) for name in asked)


def _untested(thing: Thing, *_: Any) -> bool:
    system = "system" in str(thing.values.get("kind"))
    good = ("passed",) if system else ("passed", "none needed")
    return thing.values.get("test_result") not in good or not thing.values.get("test_evidence")


OUTSIDE = "quality_cases_are_signed_outside"

RULES: dict[str, Stands] = {
    OUTSIDE: lambda thing, who, world: False,  # it depends on what is signed: see quality_is_the_case
    "impact_assessed": _nothing_to_see,
    "repeats_another_record": lambda thing, who, world: not thing.values.get("duplicate_of"),
    "continues_as_another_type": lambda thing, who, world: not thing.values.get("moved_to"),
    "own_work_has_ended": lambda thing, who, world: False,  # none of those that are merged or moved here has any
    "its_record_has_ended": lambda thing, who, world: False,
    "added_by_owner_or_quality": lambda thing, who, world: not world.roles.get(str(who.id), set()) & {"qa_ops", "qa_approver"},
    "outside_access_is_narrow": lambda thing, who, world: False,  # nobody of another company is named in those that stand here
    "tokens_are_for_own_people": lambda thing, who, world: bool(thing.values.get("outside")),
    "its_parent_goes_on": lambda thing, who, world: False,
    "contribution_is_short": _too_far,
    "conclusions_stand": lambda thing, who, world: bool(thing.values.get("changes_conclusion")),
    "data_impact_assessed": _impact_open,
    "authority_was_told": lambda thing, who, world: bool(thing.values.get("personal_data")),  # nobody tells anybody here
    "critical_needs_cause_and_capa": lambda thing, who, world: thing.values.get("class") == "critical" or bool(thing.values.get("capa_needed")),
    "closer_is_not_named_in_it": _named_in,
    "safety_has_its_lead": _no_lead,
    "safety_is_decided_by_its_lead": lambda thing, who, world: thing.values["adverse_event"] != "no" and who.id not in people(thing.values.get("medical_lead")),
    "every_route_is_decided": lambda thing, who, world: not thing.values.get("reportability"),  # complete where there are any
    "reportability_decided": lambda thing, who, world: not world.decided(thing),
    "auditor_is_not_of_audited_department": lambda thing, who, world: False,  # nobody who audits here belongs to it
    "announced_in_time": lambda thing, who, world: False,  # all of them are far away
    "checklist_answered": lambda thing, who, world: thing.values["kind"] != "regulatory" and not thing.values.get("checklist"),
    "findings_closed_or_capa_approved": lambda thing, who, world: False,  # those that are closed here have none
    "report_is_issued": lambda thing, who, world: False,
    "serious_ones_have_a_capa": lambda thing, who, world: thing.values.get("class") in ("critical", "major"),
    "corrected_within_90_days": lambda thing, who, world: False,
    "letter_is_filed": lambda thing, who, world: True,
    "due_reports_sent": lambda thing, who, world: any(row["report"] and not row.get("sent_on") for row in thing.values.get("reportability") or []),
    "cause_named": _cause_open,
    "critical_needs_capa": lambda thing, who, world: thing.values.get("class") == "critical" and thing.values.get("capa_needed") is False,
    "minor_without_product_impact": lambda thing, who, world: thing.values.get("class") != "minor" or thing.values.get("lot_hold") is not False,
    "not_repeat": lambda thing, who, world: bool(thing.values.get("repeat_of")),  # no two here are alike
    "lowering_is_authorised": lambda thing, who, world: False,  # no class is changed here
    "trends_are_decided": lambda thing, who, world: False,  # nothing follows here, so no trend is begun
    "trend_is_answered": lambda thing, who, world: bool(thing.values.get("capa_needed")) or (thing.values.get("reason") or "n/a") == "n/a",
    "own_actions_verified": lambda thing, who, world: False,
    "needed_capa_plan_approved": lambda thing, who, world: bool(thing.values.get("capa_needed")),
    "exceptions_of_trail_seen": lambda thing, who, world: not thing.values.get("trail_exceptions"),
    "extension_is_asked": lambda thing, who, world: True,  # nobody asks for one here
    "extended_less_than_twice": lambda thing, who, world: False,
    "extended_twice_already": lambda thing, who, world: True,
    "extension_within_its_parent": lambda thing, who, world: False,
    "its_parent_is_minor": lambda thing, who, world: False,
    "evidence_is_given": lambda thing, who, world: not thing.values.get("evidence"),
    "criterion_and_checker_set": lambda thing, who, world: thing.owner in people(thing.values.get("checker")),
    "actions_are_planned": lambda thing, who, world: thing.values.get("implement_by") is None,  # complete ones have an action
    "implemented_within_90_days": lambda thing, who, world: False,
    "implemented_within_180_days": lambda thing, who, world: False,
    "blocking_actions_verified": lambda thing, who, world: False,
    "linked_documents_effective": lambda thing, who, world: False,
    "linked_training_done": lambda thing, who, world: False,
    "linked_changes_closed": lambda thing, who, world: False,
    "criterion_is_met": lambda thing, who, world: not thing.values.get("criterion_met"),
    "criterion_is_not_met": lambda thing, who, world: thing.values.get("criterion_met") is not False,
    "effect_could_be_seen": lambda thing, who, world: thing.due is not None and world.now() < thing.due,
    "assessors_are_heads": _heads_of_nothing,
    "temporary_for_at_most_90_days": lambda thing, who, world: False,
    "planned_within_180_days": lambda thing, who, world: False,
    "emergency_is_open_to_it": lambda thing, who, world: bool(thing.values.get("protected_settings")),
    "impact_is_assessed": lambda thing, who, world: thing.values.get("quality_impact") is None,
    "tests_passed": _untested,
    "way_back_is_done": lambda thing, who, world: not thing.values.get("way_back_done"),
    "tasks_before_use_verified": lambda thing, who, world: False,
    "documents_effective": lambda thing, who, world: False,
    "training_condition_met": lambda thing, who, world: False,  # no curriculum in force names what moves here
    "somebody_is_meant": lambda thing, who, world: not any(thing.values.get(n) for n in ("everybody", "roles", "departments", "people")),
    "tied_acts_are_known": lambda thing, who, world: False,  # none is tied here
    "revision_says_why": lambda thing, who, world: False,  # none here is a second revision
    "document_was_opened": lambda thing, who, world: False,  # the trainee of each one here has opened it
    "questions_can_be_answered": _unanswerable,
    "one_quiz_for_a_document": lambda thing, who, world: False,  # each one here has a document of its own
    "day_of_the_original_is_given": lambda thing, who, world: not thing.values.get("trained_on"),
    "quiz_is_passed": lambda thing, who, world: thing.values["kind"] == "quiz",
    "questions_are_answered": lambda thing, who, world: True,  # no training here has a quiz
    "trainer_is_not_trainee": lambda thing, who, world: False,  # it depends on what is signed: see in_the_way
    "signer_is_not_trainee": lambda thing, who, world: who.id in people(thing.values["trainee"]),
    "what_was_taught_is_said": lambda thing, who, world: not thing.values.get("taught"),
    "equivalent_evidence_is_given": lambda thing, who, world: not (thing.values.get("evidence") or thing.values.get("evidence_files")),
    "training_done": lambda thing, who, world: False,
    "temporary_change_became_permanent": lambda thing, who, world: bool(thing.values.get("temporary_until")),
    "tier_follows_from_answers": lambda thing, who, world: thing.values.get("tier") != (thing.values.get("lowered_to") or "critical"),
    "questionnaire_accepted": lambda thing, who, world: thing.id not in world.questioned,
    "audit_decision_made": lambda thing, who, world: not thing.values.get("audit_reason"),
    "agreement_in_force": lambda thing, who, world: bool(thing.values.get("agreement_needed")),  # nobody brings one here
    "no_open_critical_finding": lambda thing, who, world: False,
    "evidence_is_accepted": lambda thing, who, world: thing.values["category"] in ("GxP software", "host"),
    "conditions_are_met": lambda thing, who, world: any(not row["met"] for row in thing.values.get("conditions") or []),
    "conditions_are_set": lambda thing, who, world: not thing.values.get("conditions"),
    "open_orders_are_decided": lambda thing, who, world: not thing.values.get("open_orders"),
    "uses_are_named": lambda thing, who, world: not thing.values.get("authorised_uses"),
    "evidence_meets_its_rule": lambda thing, who, world: thing.values.get("nature") == "statement only",
    "evidence_reviewer_is_another": lambda thing, who, world: who.id is not None and who.id in (thing.author, thing.owner),
    "a_newer_one_is_accepted": lambda thing, who, world: True,  # nobody brings one here
    "template_is_in_force": lambda thing, who, world: False,
    "answers_are_theirs": lambda thing, who, world: who.id not in people(thing.values.get("respondent")),  # no original here
    "score_follows_from_answers": lambda thing, who, world: thing.values.get("score") != "50",
    "valid_as_long_as_its_tier": lambda thing, who, world: False,
    "answer_is_asked_in_time": lambda thing, who, world: False,
    "notice_fits_its_terms": lambda thing, who, world: False,  # no agreement here sets days
    "notice_was_answered": lambda thing, who, world: False,
    "notice_is_followed": lambda thing, who, world: thing.values.get("follows") != "nothing",
    "somebody_calibrated_it": lambda thing, who, world: bool(thing.values.get("performed_by")) == bool(thing.values.get("supplier")),
    "equipment_is_calibrated_at_all": lambda thing, who, world: False,  # all that is calibrated here is so by the register
    "interval_is_of_its_equipment": lambda thing, who, world: False,  # the register names none here
    "next_day_follows_from_interval": lambda thing, who, world: False,  # nobody changes the day or the interval
    "failed_as_found_has_its_deviation": lambda thing, who, world: thing.values.get("as_found") == "failed",  # nobody begins one
    "no_later_calibration_is_accepted": lambda thing, who, world: False,  # each piece is calibrated once
    "calibration_still_holds": lambda thing, who, world: False,
    "calibration_is_accepted_by_another": lambda thing, who, world: who.id in people(thing.values.get("performed_by")),
    "day_follows_the_promise": lambda thing, who, world: thing.values["due_on"] <= thing.values["promised_on"],
    "day_is_a_business_day": lambda thing, who, world: date.fromisoformat(thing.values["due_on"]).isoweekday() > 5,
    "later_day_is_a_business_day": lambda thing, who, world: False,  # nobody asks for one here
    "what_keeps_it_has_ended": lambda thing, who, world: False,  # files keep those that are kept here
    "commitment_has_its_evidence": lambda thing, who, world: not (thing.values.get("evidence") or thing.values.get("done_by")),
    "their_agreement_is_filed": lambda thing, who, world: not (thing.values.get("agreement") and thing.values.get("agreed_on")),
    "owner_does_not_decide_on_it": lambda thing, who, world: who.id is not None and who.id == thing.owner,
    "absence_is_cancelled_by_another": lambda thing, who, world: who.id in people(thing.values["person"]),
    "calibration_is_ahead": lambda thing, who, world: not thing.values.get("certificate"),  # where there is one the days are there
    "its_object_is_named": lambda thing, who, world: not (thing.values.get("object") or thing.values.get("object_name")),
    "grades_say_why": lambda thing, who, world: not thing.values.get("grades_because"),
    "priority_follows_from_grades": lambda thing, who, world: thing.values.get("basis") == "Typed",
    "no_failure_mode_is_worse": lambda thing, who, world: False,  # none here has a table of them
    "graded_after_treatment": lambda thing, who, world: not thing.values.get("done"),
    "treatment_is_done": lambda thing, who, world: (thing.values.get("treatment") == "accept") == bool(thing.values.get("done")),
    "content_complete": lambda thing, who, world: not (thing.values.get("text") or thing.values.get("file")),
    "reviewers_are_not_authors": lambda thing, who, world: bool(_wrote(thing) & {*people(thing.values.get("reviewers"))}),
    "approver_is_not_author": lambda thing, who, world: who.id in _wrote(thing),
    "revision_is_explained": lambda thing, who, world: False,  # none here is a second revision
    "effect_is_planned": lambda thing, who, world: not (thing.values.get("effective_on") or thing.values.get("takes_effect_with")),
    "a_revision_is_in_force": lambda thing, who, world: True,
    "series_is_new_here": lambda thing, who, world: False,  # none here is a second revision
    "files_are_as_brought": lambda thing, who, world: thing.values.get("differences") not in (None, "0"),
    "training_window_is_left": lambda thing, who, world: bool(thing.values.get("training") == "read"),
    "its_procedure_is_effective": lambda thing, who, world: bool(thing.values.get("takes_effect_with")),
    "what_takes_effect_with_it_is_approved": lambda thing, who, world: False,
    "no_revision_is_in_work": lambda thing, who, world: thing.revision_in_work,
    "no_effective_document_refers_to_it": lambda thing, who, world: False,
    "document_is_effective": lambda thing, who, world: not {one["number"] for one in thing.values.get("document") or []} & world.effective,
    "sets_are_counted": lambda thing, who, world: not re.fullmatch(r"[1-9][0-9]*", str(thing.values["copies"])),
    "every_set_is_accounted_for": _sets_untold,
    CONFIRMED: lambda thing, who, world: bool(thing.unconfirmed),
    WITHHOLD: lambda thing, who, world: not thing.unrestricted,
    "verifier_is_not_doer": lambda thing, who, world: who.id in _did(thing),
    "closer_is_not_reporter_owner_or_assignee": lambda thing, who, world: who.id is not None and who.id in _by(thing, "reporter"),
    "configuration_approver_is_not_requester_nor_applier": lambda thing, who, world: "of this" in thing.values["kind"] and who.id in _by(thing, "applied_by"),
    "plan_is_attached": lambda thing, who, world: "configuration of this" in thing.values["kind"] and thing.values.get("plan_hash") == "0",
    "emergency_touches_nothing_protected": lambda thing, who, world: "configuration of this" in thing.values["kind"],  # none is attached
    "applier_is_not_author_nor_approver": lambda thing, who, world: who.id in (thing.author, thing.owner),
    "plan_is_the_approved_one": lambda thing, who, world: False,  # what is applied here is what was approved
    "configuration_is_applied": lambda thing, who, world: "configuration of this" in thing.values["kind"],
    "change_applies_it": lambda thing, who, world: True,  # a change does, and nobody else
    DISTINCT: lambda thing, who, world: who.id in {given.person for given in thing.open},
    "head_of_function_does_not_approve_own_work": lambda thing, who, world: who.id is not None and who.id in (thing.author, thing.owner),
    "grant_approver_is_not_requester_nor_subject": lambda thing, who, world: who.id is not None and who.id in (thing.author, *people(thing.values["person"])),
    "emergency_is_narrow": lambda thing, who, world: thing.values.get("urgency") == "emergency" and thing.values["role"] not in ("sysadmin", "system_owner"),
    "roles_do_not_conflict": _clashes,
    "own_role_is_delegated": _not_own,
    "deputy_holds_the_role": _no_deputy,
    "delegation_is_short": _too_long,
    "file_is_complete": _file_lacks,
    "item_holds_something": lambda thing, who, world: not (thing.values.get("text") or thing.values.get("files")),
    "item_is_still_valid": lambda thing, who, world: str(thing.values.get("valid_until") or "2099") < "2021",
    "manager_leads_the_person": _leads_nobody,
    "original_is_seen_by_another": lambda thing, who, world: who.id in people(thing.values["person"]),
    "a_newer_one_is_in_force": lambda thing, who, world: not world.newer(thing),
    "person_is_active": lambda thing, who, world: not {*people(thing.values["person"])} <= world.active,
    "scope_fits_role": _scope_misfits,
    "last_administrator_is_kept": _last_administrator,
    "user_id_is_plain": lambda thing, who, world: not re.match(r"^[a-z0-9][a-z0-9._-]{1,63}$", str(thing.values["user_id"])),
    "identity_is_verified": lambda thing, who, world: not world.verified(thing),
    "identity_is_checked_by_another": lambda thing, who, world: who.id is not None and who.id in {thing.id, *world.barred(thing)},
    "letter_went_in_order": lambda thing, who, world: False,  # all of them went in order
    **validation_rules.RULES, **control_rules.RULES,
    "installation_is_simulated": lambda thing, who, world: thing.values.get("simulated") is not True,
    "drift_stops_signing": lambda thing, who, world: thing.values.get("stops_signing") is not True,
    "change_accepts_it": lambda thing, who, world: True,  # no change names one here
    "founding_is_in_time": lambda thing, who, world: world.days_since_genesis > 30,
    "established_while_founding": lambda thing, who, world: who.id is not None and (world.home != "founding" or who.id in people(thing.values["person"])),
}  # fmt: skip


def in_the_way(answer: Answer, thing: Thing, who: Somebody, world: World) -> set[str]:
    """Give which of the named rules stand in the way of an answer; of their own work people may say that they read it."""
    meaning, silent = answer.meaning, set()
    if meaning in ("authored", "performed", "reviewed", "acknowledged"):
        silent |= {"approver_is_not_author", "head_of_function_does_not_approve_own_work"}
    if meaning not in ("", "quality_approved"):
        silent |= {"closer_is_not_reporter_owner_or_assignee", "closer_is_not_named_in_it"}
    if meaning != "approved":
        silent |= {"safety_is_decided_by_its_lead"}
    if meaning in ("authored", "performed"):
        silent |= {"verifier_is_not_doer"}
    found = {name for name in answer.rules if name not in silent and name != OUTSIDE and RULES[name](thing, who, world)}
    if "trainer_is_not_trainee" in answer.rules and meaning == "verified" and who.id in people(thing.values["trainee"]):
        found.add("trainer_is_not_trainee")
    return found | ({OUTSIDE} if OUTSIDE in answer.rules and quality_is_the_case(thing, who, world, meaning) else set())


def declared(reading: Reading) -> set[str]:
    """Give every rule that any state or move names."""
    states = [state for kind in reading.types for state in reading.states(kind).values()]
    moves = [move for state in states for move in (state.get("moves") or {}).values()]
    return {rule for part in (*states, *moves) for rule in part.get("requires", [])}

"""Commands about people: who had access to what, invitations, one-time links, deactivation; all through the door."""

from __future__ import annotations

import sys
from datetime import datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from indelible.faces.cli.session import FINDING, WRONG_USE, Json, Session, answered, fail, show
from indelible.kernel.context import Context, Via

DAY = len("2026-03-14")
NO_LINK = "No link yet: somebody records a check of the identity (`indelible user verify {user}`), then `indelible user link {user}`."
As = Annotated[str, typer.Option("--as", help="The user id of the person who acts.")]
Stdin = Annotated[bool, typer.Option("--password-stdin", help="Read that person's password from standard input.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    begin = "Example: indelible --home /srv/quality"
    app.command("access", epilog=f"{begin} access --as-of 2026-03-14")(answered(access))
    user = typer.Typer(no_args_is_help=True, help="People and their accounts.", rich_markup_mode=None)
    user.command("invite", epilog=f'{begin} user invite jdoe --name "Jo Doe" --title Scientist --as admin')(answered(invite))
    user.command("verify", epilog=f"{begin} user verify jdoe --document passport --as quality")(answered(verify_identity))
    user.command("link", epilog=f"{begin} user link jdoe --as admin")(answered(link))
    user.command("deactivate", epilog=f'{begin} user deactivate jdoe --reason "Left on 14 March" --as admin')(
        answered(deactivate)
    )
    user.command("hand-over", epilog=f'{begin} user hand-over jdoe --to mroe --reason "On leave until May" --as quality')(
        answered(hand_over)
    )
    user.command("recover", epilog=f'{begin} user recover maria --reason "Left her telephone and password on a train"')(
        answered(recover)
    )
    app.add_typer(user, name="user")


def access(
    context: typer.Context,
    as_of: Annotated[str, typer.Option("--as-of", help="A moment with offset, or a day; default now.")] = "",
    as_json: Json = False,
) -> None:
    """Say who had which role at a moment, granted by whom and why; a day means its end, in the company's zone."""
    session: Session = context.obj
    session.open()
    from indelible.infra import clock
    from indelible.practice import access as holding
    from indelible.practice import rights

    wrong = [{"record": one.number, "events_gave": one.given or None, "in_the_database": one.there or None}
             for one in rights.unfounded()]  # fmt: skip
    rows = holding.told(_moment(as_of) or clock.now())
    lines = [f"{r['user_id']:<14} {r['name']:<28} {r['role']}{'@' + r['scope'] if r['scope'] else ''}" for r in rows]
    lines = lines or ["Nobody held a role."]
    lines += [
        f"! {one['record']} now: {one['in_the_database'] or 'nothing'}, events gave {one['events_gave'] or 'nothing'}"
        for one in wrong
    ]
    show({"grants": rows, "without_grant": wrong}, as_json=as_json, text="\n".join(lines))


def invite(
    context: typer.Context, user_id: str, name: Annotated[str, typer.Option(help="Printed name.")],
    title: Annotated[str, typer.Option(help="Job title.")], *, acting: As,
    document: Annotated[str, typer.Option(help="The document with which you have seen the person: passport, identity_card, "
                                          "driving_licence, residence_permit or other.")] = "",
    way: Annotated[str, typer.Option(help="How it was seen: in_person or video.")] = "in_person",
    seen_on: Annotated[str, typer.Option(help="The day on which it was seen; default today.")] = "",
    password_stdin: Stdin = False, as_json: Json = False,
) -> None:  # fmt: skip
    """Invite a person; prints the one-time link where you have seen who it is, with --document."""
    session: Session = context.obj
    session.open()
    from indelible.practice import accounts

    ctx = _administrator(acting, stdin=password_stdin)
    seen = {"document": document, "way": way, "seen_on": seen_on or _today()} if document else None
    outcome, secret = accounts.invite(ctx, {"printed_name": name, "job_title": title, "user_id": user_id}, identity=seen)
    told = {"person": outcome.number, "link": f"/link/{secret}" if secret else None}
    text = f"{outcome.number} invited. " + (f"One-time link: {told['link']}" if secret else NO_LINK.format(user=user_id))
    show(told, as_json=as_json, text=text)


def verify_identity(
    context: typer.Context, user_id: str,
    document: Annotated[str, typer.Option(help="passport, identity_card, driving_licence, residence_permit or other.")], acting: As,
    way: Annotated[str, typer.Option(help="How it was seen: in_person or video.")] = "in_person",
    seen_on: Annotated[str, typer.Option(help="The day on which it was seen; default today.")] = "",
    password_stdin: Stdin = False, as_json: Json = False,
) -> None:  # fmt: skip
    """Record that you have seen who a person is; never of yourself, nor of somebody to whom you gave the link."""
    session: Session = context.obj
    session.open()
    from indelible.practice import directory, identity

    ctx = _administrator(acting, stdin=password_stdin)
    told = {"document": document, "way": way, "seen_on": seen_on or _today()}
    outcome = identity.verify(ctx, directory.number_of(user_id), told)
    show(
        {"person": outcome.number, "state": outcome.state},
        as_json=as_json,
        text=f"The identity of {outcome.number} was verified.",
    )


def recover(
    context: typer.Context, user_id: str, reason: Annotated[str, typer.Option(help="What was lost, and who asked for this.")],
    as_json: Json = False,
) -> None:  # fmt: skip
    """Give an administrator who has lost every way in a new one-time link, from the console of the server; the trail says so."""
    session: Session = context.obj
    session.open()
    from indelible.practice import accounts, directory

    secret = accounts.recover(directory.number_of(user_id), reason)
    show({"link": f"/link/{secret}"}, as_json=as_json, text=f"One-time link: /link/{secret}")


def _today() -> str:
    from indelible.infra import clock
    from indelible.kernel import config

    return clock.now().astimezone(ZoneInfo(config.current().company.zone)).date().isoformat()


def link(context: typer.Context, user_id: str, acting: As, password_stdin: Stdin = False, as_json: Json = False) -> None:
    """Give a person a new one-time link for setting a password."""
    session: Session = context.obj
    session.open()
    from indelible.practice import accounts, directory

    secret = accounts.renew_link(_administrator(acting, stdin=password_stdin), directory.number_of(user_id))
    show({"link": f"/link/{secret}"}, as_json=as_json, text=f"One-time link: /link/{secret}")


def deactivate(
    context: typer.Context, user_id: str, reason: Annotated[str, typer.Option(help="Why.")], acting: As,
    password_stdin: Stdin = False, as_json: Json = False,
) -> None:  # fmt: skip
    """Deactivate a person: roles end in the same act, sessions and tokens at once."""
    session: Session = context.obj
    session.open()
    from indelible.practice import accounts, directory

    ctx = _administrator(acting, stdin=password_stdin)
    outcome = accounts.deactivate(ctx, directory.number_of(user_id), seen=None, reason=reason)
    show({"person": outcome.number, "state": outcome.state}, as_json=as_json, text=f"{outcome.number} is {outcome.state}.")


def hand_over(
    context: typer.Context, user_id: str, acting: As,
    to: Annotated[str, typer.Option(help="The user id of whoever takes it over; without it the open work is listed.")] = "",
    reason: Annotated[str, typer.Option(help="Why; it stands in the trail of each record.")] = "",
    preview: Annotated[bool, typer.Option("--preview", help="Say what would go over; write nothing.")] = False,
    password_stdin: Stdin = False, as_json: Json = False,
) -> None:  # fmt: skip
    """List everything open of a person, or hand it to somebody else: one act for each record, refused ones stay."""
    session: Session = context.obj
    session.open()
    from indelible.practice import directory, handover, queries

    ctx = _administrator(acting, stdin=password_stdin)
    view = queries.viewer(ctx)
    person = queries.get_record(view, directory.number_of(user_id))
    found = handover.open_work(view, person.pk)
    told = {row.record.number: _row(row) for row in found.rows}
    if preview and to:
        for number in told:
            told[number] |= _became(handover.preview(view, number, leaver=str(person.pk), to=to), "goes over")
    elif to:
        chosen = {row.record.number: row.record.position for row in found.rows}
        for answer in handover.hand_over(ctx, chosen, leaver=str(person.pk), to=to, reason=reason):
            told[answer.number] |= _became(answer.refusal, "handed over")
    data = {"person": person.number, "records": list(told.values()), "unseen": found.unseen, "typed": found.typed,
            "roles_held_alone": found.roles, "more": found.more}  # fmt: skip
    show(data, as_json=as_json, text=_listed(user_id, data))
    if any("rule" in row for row in told.values()):
        raise typer.Exit(FINDING)


def _row(row: Any) -> dict[str, Any]:
    return {
        "number": row.record.number,
        "title": row.record.title,
        "state": row.record.state,
        "duties": [n for n, _ in row.duties],
    }


def _became(refusal: Any, word: str) -> dict[str, Any]:
    if refusal is None:
        return {"result": word}
    missing = [one.text for one in refusal.missing] or [refusal.text]
    return {"result": "stays", "rule": refusal.rule, "missing": missing, "who_can": list(refusal.who_can)}


def _listed(user_id: str, data: dict[str, Any]) -> str:
    lines = []
    for row in data["records"]:
        lines.append(f"{row['number']:<14} {row.get('result', row['state']):<12} {', '.join(row['duties'])}  {row['title']}")
        lines += [f"  {text} ({row['rule']})" for text in row.get("missing", ())]
        lines += [f"  who could: {', '.join(row['who_can'])}"] if row.get("who_can") else []
    lines += [f"{data['unseen']} more that you may not see."] if data["unseen"] else []
    lines += [f"Nobody else holds: {', '.join(data['roles_held_alone'])}."] if data["roles_held_alone"] else []
    lines += [f"{data['typed']} texts were typed and never saved; they are not handed over."] if data["typed"] else []
    return "\n".join(lines) or f"Nothing is open of {user_id}."


def authenticated(user_id: str, *, via: Via, stdin: bool) -> Context:
    """Give the context of somebody who proves who they are by password; ends the command where they do not."""
    from django.contrib.auth.backends import ModelBackend

    from indelible.kernel.models import Account

    password = (
        sys.stdin.readline().rstrip("\n") if stdin else typer.prompt(f"Password of {user_id}", hide_input=True, err=True)
    )
    account = ModelBackend().authenticate(None, username=user_id.strip().casefold(), password=password)
    if not isinstance(account, Account):
        fail("User id and password do not belong together; nothing was done.", FINDING)
    return Context(account.person_id, via, session=f"{via}-{account.pk}")


def _administrator(user_id: str, *, stdin: bool) -> Context:
    return authenticated(user_id, via="command", stdin=stdin)


def _moment(text: str) -> datetime | None:
    from indelible.kernel import config

    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        fail(f"{text!r} is not a moment; write 2026-03-14 or 2026-03-14T09:00-04:00.", WRONG_USE)
    if moment is None or moment.tzinfo is not None:
        return moment
    of_day = datetime.combine(moment, time.max) if len(text) == DAY else moment
    return of_day.replace(tzinfo=ZoneInfo(config.current().company.zone))

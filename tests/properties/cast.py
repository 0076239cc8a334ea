"""Who takes part in the properties: the staff of the template, people who stand in some relation, tokens, and no person.

What each of them may is told twice: to the product by grants through the door, to the reading by `Somebody`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from indelible.assurance.qualification.reading import Reading, Somebody
from indelible.infra import clock
from indelible.kernel import acts
from indelible.kernel.context import SYSTEM, Context
from indelible.kernel.models import AccessGrant
from tests import homes
from tests.homes import STAFF, TestHome
from tests.modules.outside import outsider
from tests.properties import identities, testimony
from tests.properties.separations import World

BESIDES: dict[str, tuple[str, list[Any]]] = {
    "own": ("Own Er", []),
    "exa": ("Exa Author", ["author"]),
    "mul": ("Mul Tiple", ["author", ("dept_approver", "Quality Control"), "qa_ops", "qa_approver"]),
    "sup": ("Sup Plier", ["supplier_manager"]),
    "sux": ("Sux Plier", ["supplier_manager"]),
    "off": ("Off Boarded", ["qa_approver"]),
    "tra": ("Tra Iner", ["trainer", "validation"]),
}
DEPUTY = "dep"  # heads Operations, and Quality Control for Mul, who is away
OUTSIDE = "out"  # of another company: knows the contributions to which access is granted
SUBJECT = "sub"  # receives roles and never acts
SLEEPER = "sle"  # receives roles that sleep, for want of a personnel file, and never acts
TOKENS = {"mul*": ("mul", ("*",)), "ann:read": ("ann", ("read",)), "doc:some": ("doc", ("document.comment", "grant", "person.edit")),
          "adm:grant": ("adm", ("grant",))}  # fmt: skip


@dataclass(frozen=True)
class Player:
    """One who acts: as the product knows them and as the reading does."""

    name: str
    ctx: Context
    who: Somebody


@dataclass
class Cast:
    """Everybody who takes part, and what is true of them."""

    home: TestHome
    reading: Reading
    players: dict[str, Player]
    world: World

    def id(self, name: str) -> str:
        """Give a person's id."""
        return str(self.players[name].ctx.person_id)


def gather(home: TestHome, reading: Reading) -> Cast:
    """Hire the people that the staff lacks, end one's role, deactivate another, and make tokens and the system's contexts."""
    for user, (name, roles) in {**BESIDES, SUBJECT: ("Sub Ject", []), SLEEPER: ("Slee Per", [])}.items():
        homes.hire(home, user, name, roles)
    if home.simulated:
        home.file(SUBJECT)
        homes.found_company(home, "Another company")  # whose letter counts, whatever is done with that of the first one
    players = {user: _player(home, user, roles) for user, (_, roles) in {**STAFF, **BESIDES}.items()}
    end_roles(home.people["exa"])
    acts.run(home.people["adm"], "person.deactivate", home.people["off"].person_id, reason="Left the company this week")
    players["exa"] = replace(players["exa"], who=replace(players["exa"].who, roles=frozenset()))
    players["off"] = replace(players["off"], who=replace(players["off"].who, roles=frozenset(), active=False))
    for name, (user, scopes) in TOKENS.items():
        ctx = Context(home.people[user].person_id, "token", session=f"token-{user}", scopes=scopes)
        players[name] = Player(name, ctx, replace(players[user].who, token=scopes))
    players["system"] = Player("system", SYSTEM, Somebody(None, system=True))
    players["timer"] = Player("timer", Context(None, "timer"), Somebody(None, system=True))
    players["import"] = Player("import", Context(None, "import"), Somebody(None))
    players[OUTSIDE] = Player(OUTSIDE, outsider(home, OUTSIDE), Somebody(str(home.people[OUTSIDE].person_id), outside=set()))
    world = _world(reading, players)
    world.active |= {str(home.person(SUBJECT)), str(home.person(SLEEPER))}
    world.unfiled.add(str(home.person(SLEEPER)))
    return Cast(home, reading, players, world)


def add_deputy(cast: Cast) -> None:
    """Let Mul delegate one of many roles to a deputy, who then takes part as well."""
    home, role, day = (
        cast.home,
        ("dept_approver", "Operations"),
        clock.now().date() - timedelta(days=1),
    )  # begun in every zone
    home.people[DEPUTY] = homes.hire(home, DEPUTY, "Dep Uty", [role])
    given = {"person": "mul", "deputy": DEPUTY, "role": role[0], "department": home.departments["Quality Control"],
             "begins": day.isoformat(), "until": (day + timedelta(days=9)).isoformat(), "why": "Away for some days"}  # fmt: skip
    number = home.act("mul", "delegation.create", fields=given).number
    home.sign("mul", "delegation.offer", number)
    home.sign(DEPUTY, "delegation.accept", number)
    deputy = _player(home, DEPUTY, [role])
    held = frozenset({(role[0], home.departments["Quality Control"])})
    who = replace(deputy.who, delegated=held, absent=cast.players["mul"].who, delegation=f"{number} of Mul Tiple")
    cast.players[DEPUTY] = replace(deputy, who=who)
    cast.world.roles[str(who.id)], cast.world.active = {role[0]}, cast.world.active | {str(who.id)}


def end_roles(ctx: Context) -> None:
    """End every role that a person holds."""
    for grant in AccessGrant.objects.filter(person_id=str(ctx.person_id), until_at=None):
        acts.run(SYSTEM, "grant.end", grant.record_id, reason="No longer needed for the work")


def give_role(home: TestHome, user: str, role: str, department: str | None = None) -> None:
    """Let a person hold a role from now on."""
    given: dict[str, Any] = {"person": user, "role": role, "why": "Needed for the work"}
    given |= {"department": department} if department else {}
    acts.run(SYSTEM, "grant.establish", acts.run(SYSTEM, "grant.create", fields=given).record)


def _player(home: TestHome, user: str, roles: list[Any]) -> Player:
    held = frozenset(
        (role[0], home.departments[role[1]]) if isinstance(role, tuple) else (role, None) for role in roles
    )  # fmt: skip
    return Player(user, home.people[user], Somebody(str(home.people[user].person_id), held))


def _world(reading: Reading, players: dict[str, Player]) -> World:
    people = [player.who for player in players.values() if player.who.id and player.who.token is None]
    return World(
        reading, {str(w.id): {role for role, _ in w.roles} for w in people}, {str(w.id) for w in people if w.active},
        now=lambda: clock.iso(clock.now()), decided=lambda thing: testimony.decided(reading, thing),
        newer=lambda thing: testimony.newer(reading, thing), verified=identities.verified, barred=identities.barred,
    )  # fmt: skip

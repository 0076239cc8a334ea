"""The only place that knows the telephones of the demonstration, whose one-time codes are asked for beside the password.

Their secrets are made from the user ids, so that `indelible demo code` can stand in for a telephone that nobody has. They open a home
that holds nothing real, and no other.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pyotp

from indelible.infra import clock
from indelible.kernel.context import Context
from indelible.kernel.errors import NotFound
from indelible.kernel.gather import INSTALLATION
from indelible.kernel.models import Record
from indelible.practice import factors, simulation
from indelible.project.demo import timeline

HELD = "second_factor"


def has(person: dict[str, Any]) -> bool:
    """Say whether somebody of the company has a second factor."""
    return bool(person.get(HELD))


def add(ctx: Context, user_id: str) -> None:
    """Let somebody add the program for one-time codes, as everybody does it: by its first code."""
    secret = _secret(user_id)
    factors.add_codes(ctx, secret, _now(secret))


def code(user_id: str) -> str:
    """Give the code that somebody's telephone shows now; raises NotFound for who has none, and in a home that is not the demonstration."""
    known = {person["user_id"] for person in timeline.company()["people"] if has(person)}
    installation = Record.objects.filter(type=INSTALLATION).first()
    if user_id not in known or installation is None or not simulation.is_simulated(installation):
        raise NotFound(f"a telephone of {user_id}")
    return _now(_secret(user_id))


def _secret(user_id: str) -> str:
    return base64.b32encode(hashlib.sha256(f"indelible demonstration {user_id}".encode()).digest()[:20]).decode()


def _now(secret: str) -> str:
    return pyotp.TOTP(secret).at(clock.real())

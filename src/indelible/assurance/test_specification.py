"""OQ of the configuration specification: made from what runs, key by key, and from no file that somebody changed."""

from __future__ import annotations

import re

import pytest


def yes(it):
    return "yes" if it else "no"


def keys(told):
    """Give every key of a specification, wherever it stands: path, with value, default and range."""
    if isinstance(told, dict):
        found = {str(told["key"]): told} if {"key", "value", "default", "range"} <= {*told} else {}
        return found | {name: one for value in told.values() for name, one in keys(value).items()}
    return {name: one for value in told for name, one in keys(value).items()} if isinstance(told, list) else {}


@pytest.mark.needs("policy:idle_minutes")
@pytest.mark.script(
    "OQ-CFG-031",
    title="The specification states every key as it runs, and not as a file says that was changed behind it",
    negative=True,
    requirements=("URS-CFG-008",),
)
def test_what_the_specification_says(steps, site, reading):
    """Every policy with value, default and range; a changed file, a form that does not exist and somebody without an account change nothing."""
    made = {}
    idle = reading.policies["idle_minutes"]

    def taken(form="json"):
        return site.person("system_owner").get(f"/specification/{form}")

    @steps("Take it, and look for every policy that is set", expected="200; policies missing: none")
    def _():
        answer = made["answer"] = taken()
        made["keys"] = keys(answer.json)
        missing = [
            one
            for one in reading.policies
            if not any(key.split(".")[1:2] == [one] for key in made["keys"] if "polic" in key)
        ]
        return f"{answer.status}; policies missing: {', '.join(missing) or 'none'}"

    @steps("Read the longest idle time", expected=f"value {idle}; default: yes; range: yes; meaning: yes")
    def _():
        one = next(told for key, told in made["keys"].items() if key.endswith(".idle_minutes"))
        return f"value {one['value']}; default: {yes(one['default'])}; range: {yes(one['range'])}; meaning: {yes(one['meaning'])}"

    @steps("Count keys that lack a value, a default or a range", expected="0 of more than 100: yes")
    def _():
        lacking = [
            key for key, one in made["keys"].items() if any(name not in one for name in ("value", "default", "range"))
        ]
        return f"{len(lacking)} of more than 100: {yes(len(made['keys']) > 100)}"

    @steps(
        "Write another idle time into the file of the home, and take the specification again",
        given="policies.yaml, not approved by anybody",
        expected=f"value {idle}; the same as before: yes",
    )
    def _():
        file = site.copy.types / "policies.yaml"
        before = file.read_text("utf-8")
        try:
            file.write_text(re.sub(r"(?m)^idle_minutes: .*$", "idle_minutes: 29", before), "utf-8")
            answer = taken()
        finally:
            file.write_text(before, "utf-8")
        one = next(told for key, told in keys(answer.json).items() if key.endswith(".idle_minutes"))
        return f"value {one['value']}; the same as before: {yes(keys(answer.json) == made['keys'])}"

    @steps("Ask for a form that there is not, and without having signed in", expected="404; led to the sign-in: yes")
    def _():
        stranger = site.nobody().get("/specification/json")
        return f"{taken('poem').status}; led to the sign-in: {yes(stranger.status == 302 and '/login' in stranger.where)}"

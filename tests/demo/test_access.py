"""The review of access of the demo company: what was planted stands on its first page, and can be decided there."""

from __future__ import annotations

from pathlib import Path

import pytest

from indelible.kernel import acts, reactions, records
from indelible.kernel.context import Context
from indelible.kernel.errors import Refused
from indelible.kernel.models import Account, Record
from indelible.practice import panels, queries
from indelible.practice.queries import Viewer


def test_what_was_planted_stands_first(quality: Viewer) -> None:
    _, _, sheet = panels.sheet(quality, "access-review", of="ARV-002")
    flagged, rest, gone, effects = sheet.tables
    told = [(row[1].text, row[3].text) for row in flagged.rows]

    assert told[0][0] == "Priya Nair"
    assert told[0][1].startswith("leaver: left on 2026-10-14 by the roster; dormant")
    untrained = [name for name, odd in told[1:3] if odd == "given before its training on SOP-013"]
    assert untrained == ["Hannah Lindqvist", "Nikhil Rao"]  # hers is the grant that was made at night
    assert [name for name, odd in told if "no second factor" in odd] == ["Aiko Tanabe", "Dana Whitfield"]
    assert {name for name, odd in told if "privileged" in odd} > {
        "Ben Ashworth",
        "Ingrid Solheim",
        "Maren Okafor",
    }  # who have one
    assert len(rest.rows) > 30
    assert (gone.rows, effects.rows) == ((), ())
    assert "new since ARV-001" in {row[4].text for row in flagged.rows}


def test_the_one_before_is_closed_with_every_line_decided_by_somebody_else(quality: Viewer) -> None:
    first = queries.get_record(quality, "ARV-001")
    rows = records.values(first)["lines"]

    assert first.state == "closed"
    assert {row["decision"] for row in rows} == {"keep"}
    assert not [row for row in rows if row["user_id"] in row["decided_by"]]


@pytest.mark.parametrize("who", ["isolheim", "dwhitfield"])
def test_the_leaver_is_disabled_by_the_decision_of_a_reviewer(company: Path, who: str) -> None:
    ctx = Context(Account.objects.get(user_id=who).person_id, "session", session="test")
    review = Record.objects.get(number="ARV-002")
    (line,) = [row["line"] for row in records.values(review)["lines"] if row["user_id"] == "pnair"]
    acts.run(
        ctx,
        "access_review.decide_lines",
        review.pk,
        reason="Left in October, as the roster says",
        lines=[line],
        decision="revoke",
    )
    while reactions.run_pending():
        pass

    assert company.is_dir()
    assert Record.objects.get(title="Priya Nair", type="person").state == "disabled"
    with pytest.raises(Refused):
        acts.run(
            ctx, "access_review.decide_lines", review.pk, reason="She comes back in spring", lines=[line], decision="keep"
        )

"""Verification of what was sealed and signed: versions, restrictions, signatures, files, each damage named with both sides."""

from __future__ import annotations

import pytest

from indelible.assurance.verify import verify
from indelible.infra import canonical
from tests.assurance.damaging import BY_NUMBER, bring, damage, expect, live
from tests.homes import TestHome

damaged = pytest.mark.damaged(reason="what is tested is that the damage is found")


@damaged
def test_a_changed_version_is_named(home: TestHome) -> None:
    number = home.draft()
    damage(
        f"UPDATE version SET content = replace(content, 'nothing is lost', 'some is lost') WHERE record_id = {BY_NUMBER}",
        number,
    )

    assert expect("version_changed", record=number, field="content", table="version").position == 1
    assert expect("head_differs", record=number, field="content.text").new != ""


@damaged
def test_a_changed_version_with_its_own_hash_differs_from_its_event(home: TestHome) -> None:
    number = home.draft()
    content = canonical.encode({"fields": {"1": "Forged"}})
    damage(
        f"UPDATE version SET content = %s, sha256 = %s WHERE record_id = {BY_NUMBER}",
        content,
        canonical.sha256(content),
        number,
    )

    found = expect("version_differs", record=number, field="sha256", table="version")

    assert found.new == canonical.sha256(content).hex()


@damaged
def test_a_deleted_and_an_added_version_are_named(home: TestHome) -> None:
    number, other = home.draft(), home.draft()
    home.act("ann", "document.edit", other, fields={"title": "Second"})
    damage(f"DELETE FROM version WHERE record_id = {BY_NUMBER}", number)
    damage(f"UPDATE version SET number = 7 WHERE number = 2 AND record_id = {BY_NUMBER}", other)

    assert expect("version_missing", record=number, field="number").old == 1
    assert expect("version_missing", record=other, field="number").old == 2
    assert expect("version_extra", record=other, field="number").new == 7


@damaged
def test_content_that_is_blanked_without_a_restriction_is_named(home: TestHome) -> None:
    number = home.draft()
    damage(f"UPDATE version SET content = '' WHERE record_id = {BY_NUMBER}", number)

    assert "no restriction" in expect("version_changed", record=number, field="content").message


@damaged
def test_restrictions_that_no_event_orders_and_that_are_gone_are_named(home: TestHome) -> None:
    numbers = live(home)
    restricted, other = numbers["restricted"], numbers["voided"]
    damage(f"INSERT INTO restriction (record_id, version, position) VALUES ({BY_NUMBER}, 1, 1)", other)
    damage(f"DELETE FROM restriction WHERE record_id = {BY_NUMBER}", restricted)

    assert expect("restriction_extra", record=other, field="version").new == 1
    assert expect("not_withheld", record=other, field="content").table == "version"
    assert expect("restriction_missing", record=restricted, field="version").old == 1
    expect("version_changed", record=restricted, field="content")


@damaged
def test_a_changed_printed_name_is_named_as_it_stands_and_as_it_was_signed(home: TestHome) -> None:
    number = home.until(home.draft(), "approved")
    damage(f"UPDATE signature SET printed_name = 'X' WHERE position = 5 AND record_id = {BY_NUMBER}", number)

    found = expect("signature_changed", record=number, field="printed_name", table="signature")

    text = f"{number}, signature at position 5: printed name is 'X' in the row, 'Qua Quality' in what was signed."
    assert found.message == text
    assert (found.old, found.new, found.position) == ("Qua Quality", "X", 5)


@damaged
@pytest.mark.parametrize(("column", "sql"), [
    ("person_id", f"person_id = {BY_NUMBER}"), ("meaning", "meaning = 'approved'"), ("at", "at = '2019-01-01 00:00:00+00:00'"),
])  # fmt: skip
def test_another_changed_column_of_a_signature_is_named(home: TestHome, column: str, sql: str) -> None:
    number = home.until(home.draft(), "in_review")
    given = [number] * (1 + sql.count("%s"))
    damage(f"UPDATE signature SET {sql} WHERE record_id = {BY_NUMBER}", *given)

    assert expect("signature_changed", record=number, field=column).position == 2


@damaged
def test_a_signature_under_another_version_is_named_both_ways(home: TestHome) -> None:
    number = home.until(home.draft(), "in_review")
    damage(f"UPDATE signature SET version = 2 WHERE record_id = {BY_NUMBER}", number)

    found = expect("signature_moved", record=number, field="version")

    assert f"under version 2 of {number}, but what was signed is version 1 of {number}, at position 2" in found.message


@damaged
def test_a_signature_under_another_record_is_named_at_both_places(home: TestHome) -> None:
    signed, other = home.until(home.draft(), "in_review"), home.draft()
    damage(f"UPDATE signature SET record_id = {BY_NUMBER} WHERE record_id = {BY_NUMBER}", other, signed)

    arrived = expect("signature_moved", record=other, field="record_id")
    left = expect("signature_missing", record=signed, field="manifest")

    assert f"under version 1 of {other}, but what was signed is version 1 of {signed}, at position 2" in arrived.message
    assert left.message.endswith(f"It stands under {other}, position 2, now.")


@damaged
def test_a_forged_manifest_a_lost_and_an_unasked_signature_are_named(home: TestHome) -> None:
    forged, lost, unasked = (home.until(home.draft(), "in_review") for _ in range(3))
    damage(
        f"UPDATE signature SET manifest = replace(manifest, 'authored', 'approved') WHERE record_id = {BY_NUMBER}", forged
    )
    damage(f"DELETE FROM signature WHERE record_id = {BY_NUMBER}", lost)
    damage(
        "INSERT INTO signature (record_id, position, version, person_id, printed_name, meaning, at, manifest) "
        f"SELECT record_id, 9, version, person_id, printed_name, meaning, at, '{{}}' FROM signature WHERE record_id = {BY_NUMBER}",
        unasked,
    )

    assert expect("signature_changed", record=forged, field="statement_sha256").position == 2
    expect("signature_changed", record=forged, field="manifest")
    assert expect("signature_missing", record=lost, field="manifest").position == 2
    assert expect("signature_extra", record=unasked, field="manifest").position == 9


@damaged
def test_swapped_file_bytes_of_the_same_length_are_named_with_the_record(home: TestHome) -> None:
    sha256 = bring(home)
    number = home.draft(file=[sha256])
    path = home.path / "files" / sha256[:2] / sha256
    path.chmod(0o640)
    path.write_bytes(path.read_bytes().replace(b"filter", b"shaken"))

    found = expect("file_changed", record=number, field="content", table="blob")

    assert (found.old, found.message) == (sha256, f"{number}: file {sha256[:12]} has other bytes in the store.")
    assert verify(deep=False).ok


@damaged
def test_a_removed_file_its_removed_row_and_a_changed_row_are_named(home: TestHome) -> None:
    gone, rowless, renamed = (bring(home, f"Method {n}".encode()) for n in range(3))
    first, second, third = home.draft(file=[gone]), home.draft(file=[rowless]), home.draft(file=[renamed])
    (home.path / "files" / gone[:2] / gone).unlink()
    damage("DELETE FROM blob WHERE sha256 = %s", rowless)
    damage("UPDATE blob SET media_type = 'text/html', size = 1 WHERE sha256 = %s", renamed)

    assert expect("file_missing", record=first, field="content").old == gone
    assert expect("file_missing", record=second, field="sha256").old == rowless
    assert expect("column_differs", record=third, field="media_type").new == "text/html"
    assert expect("column_differs", record=third, field="size").new == 1

"""What differs from the approved state is found by its name: key, before, after, where (Annex 11-10; 11.10(c), (d))."""

from __future__ import annotations

import json
import os
import shutil
from datetime import timedelta

import pytest
from django.db import connection

from indelible.assurance.drift import approved, areas, compare, following, picture
from indelible.assurance.drift.finding import Found, gathered
from indelible.infra import build, canonical, clock, database, environment, guards, running
from indelible.kernel import records
from indelible.kernel.errors import Refused
from indelible.kernel.models import AccessGrant, Baseline, Event, Record, Version
from tests.assurance.damaging import damage, lifted
from tests.assurance.drifted import IDLE, damaged, drifts, drop_a_guard, edit, install_guards, keys, postgres
from tests.homes import TestHome

only_postgres = pytest.mark.skipif(not postgres, reason="true of PostgreSQL only")


# --- one thing after the other, unannounced ------------------------------------------------------------------------------


def test_what_was_approved_a_moment_ago_does_not_differ(approved_home: TestHome) -> None:
    told = following.check()

    assert (told.state, told.findings, told.incidents) == ("as approved", [], [])
    assert not drifts()
    assert records.values(Record.objects.get(type="installation")).get("drift") is None


def test_an_edited_workflow_is_named_with_key_values_file_and_line_and_ends_when_it_is_put_back(
    approved_home: TestHome,
) -> None:
    path = edit(approved_home, "types/deviation.yaml", "label: Deviation", "label: Departure")
    (found,) = following.check().findings

    assert found["key"] == "configuration.types.deviation.label"
    assert (found["before"], found["after"]) == ('"Deviation"', '"Departure"')
    assert found["where"] == f"{path}:{path.read_text('utf-8').splitlines().index('label: Departure') + 1}"
    assert found["gxp"]
    assert "Annex 11-10" in found["clauses"]
    assert {"URS-CFG-009", "URS-DEV-001"} <= {*found["requirements"]}
    assert clock.parse(found["since"]) <= clock.now()
    edit(approved_home, "types/deviation.yaml", "label: Departure", "label: Deviation")
    told = following.check()
    assert (told.findings, told.ended) == ([], [found["record"]])
    assert Record.objects.get(number=found["record"]).state == "rolled_back"


def test_a_comment_in_the_folder_is_no_drift_and_a_folder_that_cannot_be_read_is_one(approved_home: TestHome) -> None:
    path = edit(approved_home, "policies.yaml", IDLE, "idle_minutes: 15  # a quarter of an hour")
    assert keys() == []
    path.write_text(path.read_text("utf-8") + "surprise: 1\n", "utf-8")

    (found,) = following.check().findings

    assert found["key"] == "configuration.folder"
    assert "surprise" in found["after"]
    assert found["where"].startswith(f"{path}:")


def test_two_signatures_of_one_meaning_are_told_apart(approved_home: TestHome) -> None:
    path = edit(
        approved_home,
        "types/change.yaml",
        "- {meaning: approved, by: [regulatory_lead], when",
        "- {meaning: approved, by: [executive], when",
    )

    (found,) = following.check().findings

    assert found["key"].startswith("configuration.types.change.lifecycle.approval.moves.approve.signs.1.by")
    assert found["where"].startswith(str(path))


def test_a_picture_beside_a_name_raises_nothing(approved_home: TestHome) -> None:
    edit(approved_home, "types/deviation.yaml", "icon: flag", "icon: warning")

    assert keys() == []


@pytest.mark.parametrize(("name", "value"), [
    ("INDELIBLE_TLS", "1"), ("INDELIBLE_UPLOADS_DAY", "20000"), ("INDELIBLE_HOSTS", "elsewhere.example"),
])  # fmt: skip
def test_a_setting_of_the_environment_is_named(
    approved_home: TestHome, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv(name, value)
        (found,) = following.check().findings
    assert (found["key"], found["after"]) == (f"environment.{name}", value)
    assert keys() == []


def test_a_secret_is_told_by_a_fingerprint_alone(approved_home: TestHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INDELIBLE_MAIL", "smtp://postman:hunter2@mail.example:25")

    (found,) = following.check().findings

    assert found["after"].startswith("fingerprint ")
    assert "hunter2" not in json.dumps(found)
    assert not Version.objects.filter(content__contains="hunter2").exists()
    other = environment.told(b"another home's key")["INDELIBLE_MAIL"]
    assert other != found["after"], "the fingerprint is keyed: nobody can try passwords against it elsewhere"


def test_what_a_terminal_does_not_set_says_nothing_where_a_server_wrote_its_own_down(
    approved_home: TestHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as served:
        served.setenv("INDELIBLE_TLS", "1")
        running.begin(approved_home.path, picture.own_environment())
        approved.seal("As it is served")
    assert keys() == []
    running.begin(approved_home.path, picture.own_environment())

    assert keys() == ["environment.INDELIBLE_TLS"]


@pytest.mark.parametrize("name", ["INDELIBLE_LOG", "INDELIBLE_WORKERS", "INDELIBLE_THREADS"])
def test_a_harmless_setting_raises_nothing(approved_home: TestHome, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "error" if name == "INDELIBLE_LOG" else "3")

    assert keys() == []


@damaged
def test_a_right_that_was_changed_by_sql_is_named_with_its_grant(approved_home: TestHome) -> None:
    row = AccessGrant.objects.get(person_id=approved_home.person("ann"), role="author")
    number = Record.objects.get(pk=row.record_id).number
    damage("UPDATE access_grant SET role = 'qa_approver' WHERE id = %s", row.pk)

    (found,) = following.check().findings

    assert found["key"] == f"permission.{number}"
    assert ("Ann Author: author" in found["before"], "Ann Author: qa_approver" in found["after"]) == (True, True)
    assert found["stops_signing"]
    damage("UPDATE access_grant SET role = 'author' WHERE id = %s", row.pk)
    assert keys() == []


@damaged
def test_a_right_without_any_event_and_a_right_that_is_gone_are_named(approved_home: TestHome) -> None:
    row = AccessGrant.objects.get(person_id=approved_home.person("ann"), role="author")
    other = Record.objects.get(type="department", title="Operations")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE access_grant SET record_id = %s WHERE id = %s", [other.pk if postgres else other.pk.hex, row.pk]
        )

    assert keys() == sorted([f"permission.{other.number}", f"permission.{Record.objects.get(pk=row.record_id).number}"])


@damaged
def test_a_right_that_rests_on_a_changed_event_is_no_right(approved_home: TestHome) -> None:
    row = AccessGrant.objects.get(person_id=approved_home.person("ann"), role="author")
    event = Event.objects.filter(record_id=row.record_id, payload__contains='"role":"author"').latest("position")
    with lifted() as cursor:
        cursor.execute(
            "UPDATE event SET payload = replace(payload, '\"author\"', '\"qa_approver\"') WHERE id = %s", [event.pk]
        )
        cursor.execute("UPDATE access_grant SET role = 'qa_approver' WHERE id = %s", [row.pk])

    assert keys() == [f"permission.{Record.objects.get(pk=row.record_id).number}"]


@damaged
def test_a_dropped_trigger_is_named_once_and_stops_signing_until_it_is_back(approved_home: TestHome) -> None:
    number = approved_home.until(approved_home.draft(), "in_review")
    drop_a_guard()

    (found,) = following.check().findings

    assert (found["key"], found["after"], found["stops_signing"]) == ("guard.event_queue", "nothing", True)
    with pytest.raises(Refused) as stopped:
        approved_home.sign("rob", "document.agree", number)
    assert stopped.value.rule == "signing_is_as_approved"
    install_guards()
    assert keys() == []
    approved_home.sign("rob", "document.agree", number)


@damaged
def test_a_trigger_of_another_text_is_named_with_both_texts(approved_home: TestHome) -> None:
    with database.owner(), connection.cursor() as cursor:
        text = guards.list_definitions()["event_queue"]
        cursor.execute("DROP TRIGGER event_queue" + (" ON event" if postgres else ""))
        cursor.execute("CREATE TRIGGER event_queue AFTER INSERT ON event FOR EACH ROW EXECUTE FUNCTION ledger_queue('x')" if postgres
                       else text.replace("'e'", "'x'"))  # fmt: skip

    (found,) = following.check().findings

    assert found["key"] == "guard.event_queue"
    assert ("'e'" in found["before"], "'x'" in found["after"]) == (True, True)
    assert following.check().ended == [], "it is the same drift each time"


@damaged
def test_a_table_of_another_shape_is_named(approved_home: TestHome) -> None:
    with database.owner(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE account ADD COLUMN shadow text")

    assert keys() == ["table.account"]


@damaged
def test_a_setting_of_the_database_is_named_at_once_on_connections_that_were_open_before(approved_home: TestHome) -> None:
    name = str(connection.settings_dict["NAME"])
    with database.owner(), connection.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off' if postgres else "PRAGMA user_version = 7")
        (found,) = following.check().findings
        cursor.execute(f'ALTER DATABASE "{name}" RESET synchronous_commit' if postgres else "PRAGMA user_version = 0")

    expected = ("database.synchronous_commit", "on", "off") if postgres else ("database.user_version", "0", "7")
    assert (found["key"], found["before"], found["after"]) == expected
    assert keys() == []


@only_postgres
@damaged
def test_any_other_setting_for_the_database_or_its_role_and_a_right_too_many_are_named(approved_home: TestHome) -> None:
    name = str(connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE \"{name}\" SET search_path = 'elsewhere, public'")
        cursor.execute("GRANT UPDATE (payload) ON event TO PUBLIC")
        cursor.execute("GRANT DELETE ON version TO PUBLIC")
    found = {one["key"]: one["after"] for one in following.check().findings}
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" RESET search_path')

    assert "for the database" in found["database.search_path"]
    assert (found["right.event.everybody"], found["right.version.everybody"]) == ("UPDATE payload", "DELETE")


@damaged
def test_a_baseline_that_no_event_sealed_or_that_was_altered_is_named(approved_home: TestHome) -> None:
    known = Baseline.objects.get(number=1)
    text = known.content.replace('"idle_minutes":15', '"idle_minutes":30')
    sha256 = canonical.sha256(text)
    with lifted() as cursor:
        cursor.execute("INSERT INTO baseline (number, content, sha256, at) VALUES (2, %s, %s, %s)",
                       [text, sha256, known.at if postgres else "2026-01-01 00:00:00"])  # fmt: skip

    assert "baseline.2.event" in keys()
    damage("UPDATE baseline SET content = %s WHERE number = 2", known.content)
    assert "baseline.2" in [one.key for one in compare.look()]


@damaged
def test_an_approved_state_that_was_altered_afterwards_is_not_compared_with_but_named(approved_home: TestHome) -> None:
    known = approved.newest()
    assert known is not None
    record = Record.objects.get(number=known.number)
    with lifted() as cursor:
        cursor.execute("UPDATE version SET content = replace(content, 'The test begins', 'All of this is fine') WHERE record_id = %s",
                       [record.pk if postgres else record.pk.hex])  # fmt: skip

    (found,) = following.check().findings

    assert found["key"] == f"approved_state.{known.number}"
    assert found["stops_signing"]


def test_a_home_without_an_approved_state_says_so(home: TestHome, template: TestHome) -> None:
    shutil.copytree(template.path / "configuration", home.path / "configuration")

    assert keys() == ["approved_state.none"]


def test_a_loop_that_died_is_named_while_the_others_live_and_never_where_no_server_runs(
    approved_home: TestHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert running.list_silent(approved_home.path) == []
    began = clock.real()
    running.begin(approved_home.path, picture.own_environment())
    for name in running.LOOPS:
        running.beat(approved_home.path, name)
    monkeypatch.setattr(clock, "real", lambda: began + timedelta(hours=2))
    assert running.list_silent(approved_home.path) == [], "all are silent: no server runs"
    (approved_home.path / "running" / "timers").touch()
    late = (began + timedelta(hours=2)).timestamp()
    for name in running.LOOPS.keys() - {"mail"}:
        os.utime(approved_home.path / "running" / name, (late, late))

    assert [one.key for one in compare.look() if one.key.startswith("job")] == ["job.mail"]


def test_package_files_and_versions_of_dependencies_are_compared_one_by_one(approved_home: TestHome) -> None:
    known = approved.newest()
    assert known is not None
    now = picture.take()
    assert now["package.kernel/acts.py"] == build.manifest()["kernel/acts.py"][: picture.SHORT]
    assert "mail.practice/letters/work.txt" in now
    altered = now | {"package.kernel/acts.py": "0" * 32, "package.added.py": "1" * 32, "dependency.django": "9.9, RECORD 0"}
    del altered["package.practice/history.py"]

    found = {one.key: (one.before, one.after) for one in compare.differences(known.picture, altered)}

    assert found.keys() == {"package.kernel/acts.py", "package.added.py", "package.practice/history.py", "dependency.django"}
    assert found["package.added.py"][0] == found["package.practice/history.py"][1] == "nothing"


def test_the_logo_raises_nothing_and_everything_that_is_not_listed_matters(approved_home: TestHome) -> None:
    now = picture.take()

    assert list(compare.differences(now, now | {"package.faces/web/static/indelible/brand.svg": "0" * 32})) == []
    assert (build.PACKAGE / "faces/web/static/indelible/brand.svg").is_file()
    assert areas.is_gxp("package.faces/web/static/indelible/icons.svg")
    assert areas.is_gxp("environment.SOMETHING_NEW")


def test_where_nearly_everything_differs_one_finding_lists_it() -> None:
    many = [Found(f"package.{n}.py", "a", "b", "here") for n in range(30)]
    (one,) = gathered(many)
    (stopping,) = gathered([*many, Found("package.kernel/acts.py", "a", "b", "here")])

    assert one.after.splitlines() == sorted(f"{n}.py" for n in range(30))
    assert (one.stops_signing, stopping.stops_signing) == (False, True)
    assert len(gathered(many[:5])) == 5

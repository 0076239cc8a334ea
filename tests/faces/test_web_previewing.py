"""The preview of a text: drawn as the page draws it, for whoever may fill in the form, and kept nowhere."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from indelible.infra import recognition
from indelible.kernel.models import Event, Version
from tests.faces.browsing import effective, sign_in, text
from tests.homes import TestHome
from tests.journeys.test_review import EVIL, picture

NEW = "/records/document/preview"
SCRIPTED = {"HX-Request": "true"}
ADDRESSES = re.compile(r' id="[bs]-[^"]*"')
PROCEDURE = f"""## 1 Purpose

Samples are handled **so that** nothing is lost, see {{other}}.

{EVIL}

![A way](way.png) ![Elsewhere](https://elsewhere.example/x.png) [link](javascript:alert(1))

| a | b |
|---|---|
| 1 | 2 |
"""


def preview(client: Any, written: str, path: str = NEW, **more: Any) -> Any:
    return client.post(path, {"preview": "text", "text": written, **more}, headers=SCRIPTED)


def brought(client: Any) -> str:
    """Bring a picture and give its hash."""
    kept = text(client.post("/uploads", {"name": "pictures", "file": SimpleUploadedFile("way.png", picture(60))}))
    found = re.search(r'value="([0-9a-f]{64})"', kept)
    assert found is not None
    return found[1]


def drawn(page: str) -> str:
    """Give the authored text of a record's page, without the addresses of its passages."""
    found = re.search(r'<div class="i-doc[^"]*">(.*?)</div>', page, re.DOTALL)
    assert found is not None
    return ADDRESSES.sub("", found[1]).strip()


@pytest.mark.parametrize("padding", [0, 700])  # a value among others, and a page of its own
def test_the_preview_shows_exactly_what_the_page_will_show(home: TestHome, padding: int) -> None:
    other, ann = effective(home), sign_in("ann")
    sha = brought(ann)
    written = PROCEDURE.format(other=other) + "\n\n" + "word " * (padding // 5)
    number = home.draft(text=written, pictures=[sha])

    shown = text(preview(ann, written, f"/r/{number}/preview/edit", pictures=[sha])).strip()

    page = text(sign_in("doc").get(f"/r/{number}"))  # may not comment as its author does, so no way to comment is drawn
    assert re.sub(r' <a class="i-say.*?</a>', "", drawn(page), flags=re.DOTALL) == shown
    assert f'href="/r/{other}"' in shown
    assert f"/r/{number}/files/{sha}" in shown
    assert [tag for tag in re.findall(r"<[^>]*>", shown) if re.search(r"script|onerror|elsewhere", tag)] == []


@pytest.mark.usefixtures("home")
def test_a_preview_keeps_nothing() -> None:
    before = Event.objects.count(), Version.objects.count()

    answer = preview(sign_in("ann"), "## A\n\n**b**")

    assert "<strong>b</strong>" in text(answer)
    assert (Event.objects.count(), Version.objects.count()) == before


def test_who_may_not_fill_in_the_form_gets_no_preview(home: TestHome) -> None:
    draft, record = home.draft(), effective(home)
    here = {user: sign_in(user) for user in ("rea", "rob", "ann")}

    assert preview(here["rea"], "a").status_code == 403
    assert preview(here["rea"], "a", f"/r/{draft}/preview/edit").status_code == 404
    assert preview(here["rea"], "a", "/r/SOP-998.01/preview/edit").status_code == 404
    assert preview(here["rob"], "a", f"/r/{draft}/preview/edit").status_code == 403
    assert preview(here["ann"], "a", f"/r/{record}/preview/edit").status_code in (403, 404)  # in force: nobody edits it
    assert preview(here["ann"], "a", f"/r/{draft}/preview/retire").status_code == 404
    assert preview(here["ann"], "a", "/records/nothing/preview").status_code == 404


@pytest.mark.parametrize("name", ["title", "nothing", "", "key"])
@pytest.mark.usefixtures("home")
def test_only_authored_text_has_a_preview(name: str) -> None:
    answer = sign_in("ann").post(NEW, {"preview": name, name: "# a"}, headers=SCRIPTED)

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("written", "says"),
    [("x" * 200_001, "200001 characters long; at most 200000 fit"), ("a\x08b", "control character U+0008")],
)
@pytest.mark.usefixtures("home")
def test_what_could_not_be_saved_is_said_while_it_is_written(written: str, says: str) -> None:
    answer = preview(sign_in("ann"), written)

    assert (answer.status_code, says in text(answer)) == (422, True)


def test_a_number_leads_only_where_the_reader_may_go(home: TestHome) -> None:
    hidden = home.draft("bea", reviewers=["rob"])
    written = f"See {hidden}, SOP-998, `{hidden}` and [{hidden}](https://a.example)."

    seen, unseen = text(preview(sign_in("bea"), written)), text(preview(sign_in("ann"), written))

    assert seen.count(f'href="/r/{hidden}"') == 1  # neither in code, nor inside another link
    assert f'href="/r/{hidden}"' not in unseen
    assert "SOP-998," in unseen
    assert "/r/SOP-998" not in seen


@pytest.mark.usefixtures("home")
def test_a_brought_file_is_seen_by_who_brought_it_and_by_nobody_else() -> None:
    ann, bea = sign_in("ann"), sign_in("bea")
    sha = brought(ann)

    shown = text(preview(ann, "![A way](way.png)", pictures=[sha]))
    mine, foreign = ann.get(f"/uploads/{sha}"), bea.get(f"/uploads/{sha}")

    assert f'src="/uploads/{sha}"' in shown
    assert (mine.status_code, foreign.status_code) == (200, 404)
    assert mine["Content-Disposition"].startswith("attachment")
    assert recognition.PDF not in mine["Content-Type"]


@pytest.mark.usefixtures("home")
def test_without_script_the_preview_is_a_page() -> None:
    answer = sign_in("ann").post(NEW, {"preview": "text", "text": "**b**"})

    assert "Text, not saved" in text(answer)
    assert "<strong>b</strong>" in text(answer)

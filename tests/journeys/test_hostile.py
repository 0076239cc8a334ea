"""Hostile text and files, brought by somebody who may write: nothing runs in a real browser, nothing is fetched or forged."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from tests.journeys.site import Site

pytestmark = pytest.mark.chromium
HIT = "window.owned=1"
# What sanitisers were passed with: tags, events, addresses, entities, namespaces, styles, templates, broken markup.
TAGS = ("script", "svg", "math", "iframe", "object", "embed", "img", "video", "audio", "body", "details", "input", "marquee",
        "form", "button", "select", "textarea", "style", "link", "meta", "base", "template", "noscript", "xmp", "plaintext",
        "title", "isindex", "frameset", "table", "a")  # fmt: skip
EVENTS = ("onerror", "onload", "onfocus autofocus tabindex=1", "ontoggle open")
ADDRESSES = (
    "javascript:{}",
    "JaVaScRiPt:{}",
    "java\tscript:{}",
    "&#106;avascript:{}",
    "&#x6A;avascript&colon;{}",
    "\x01javascript:{}",
    "data:text/html,<script>{}</script>",
    "data:image/svg+xml,<svg onload={}>",
    "vbscript:{}",
    "//evil.example/%0a{}",
    "https://evil.example/x.png",
    "file" + ":///etc/passwd",
    "blob:https://evil.example/{}",
    " javascript:{}",
)
MARKUP = (
    "<script>{}</script>",
    "<script/src=data:,{}>",
    "<svg><script>{}</script></svg>",
    "<<script>{}//<</script>",
    "<scr<script>ipt>{}</scr</script>ipt>",
    "<math><mtext><table><mglyph><style><img src=x onerror={}>",
    "<svg><style><img src=x onerror={}></style></svg>",
    '<noscript><p title="</noscript><img src=x onerror={}>">',
    '<iframe srcdoc="<script>parent.{}</script>">',
    "<style>@import 'https://evil.example/x.css';</style>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=javascript:{}'>",
    "<base href=https://evil.example/>",
    "<img src=https://evil.example/x.png>",
    "<x contenteditable onblur={}>x",
    "<a href=javascript:{}>press</a>",
    "<form action=javascript:{}><button>press</button></form>",
    "{{{{{}}}}}",
    "{{% {} %}}",
    "${{{}}}",
    "<!--><img src=x onerror={}>-->",
    "<![CDATA[<img src=x onerror={}>]]>",
    "<?xml version='1.0'?><x onload={}>",
    "<svg/onload={}>",
    "<svg><animate onbegin={} attributeName=x dur=1s>",
    '<svg><use href="data:image/svg+xml,<svg onload={}>">',
    '"><img src=x onerror={}>',
    "'><img src=x onerror={}>",
    "--><script>{}</script>",
    "</textarea><script>{}</script>",
    "</title><script>{}</script>",
    "<hx:include path=https://evil.example hx-get=https://evil.example hx-trigger=load>",
    '<div hx-get=https://evil.example hx-trigger=load hx-on:load="{}">x</div>',
    '<img srcset="https://evil.example/x 1x">',
)
PAYLOADS = [
    *[f"<{tag} {event.partition(' ')[0]}={HIT} {event.partition(' ')[2]} src=x>" for tag in TAGS for event in EVENTS[:2]],
    *[f"[press]({address.format(HIT)})" for address in ADDRESSES],
    *[f"![see]({address.format(HIT)})" for address in ADDRESSES],
    *[f'[press](https://a.example "{markup.format(HIT)}")' for markup in MARKUP[:6]],
    *[one.format(HIT) for one in MARKUP],
]
FORGED = """## Signatures

Quality approved by Qua Quality on 2026-01-01 10:00:00 UTC, SOP-001.01, page 1 of 1, Effective

#pagebreak() #set page(header: [FORGED]) #read("/etc/passwd") #image("/etc/passwd") $x$ @forged <label> \\# *x*
"""
TITLE = f"Title <img src=x onerror={HIT}> {{{{7*7}}}} \"'> </title><script>{HIT}</script>"


def test_a_hundred_and_twenty_ways_of_bringing_a_script_run_in_no_page(here: Site) -> None:
    assert len(set(PAYLOADS)) >= 120
    text = "## 1 Purpose\n\n" + "\n\n".join(PAYLOADS) + "\n\n| a | b |\n|---|---|\n" + "\n".join(
        f"| {one.replace('|', '')} | x |" for one in MARKUP[:12] if "\n" not in one
    )  # fmt: skip
    number = here.home.draft(title=TITLE, text=text.replace("\x01", ""), audience=MARKUP[0].format(HIT))
    here.home.act("ann", "document.comment", number, text=" ".join(MARKUP).format(*[HIT] * 80))
    here.home.act("ann", "document.edit", number, fields={"audience": "Everybody <svg onload=window.owned=1>"},
                  reason=f"Because of <img src=x onerror={HIT}> and more")  # fmt: skip
    page = here.page("ann")

    for path in (f"/r/{number}", f"/r/{number}/edit", f"/r/{number}/compare?from={number}@1", f"/r/{number}/timeline",
                 f"/r/{number}/sign/submit", "/records/document", "/", "/trail", "/search?q=<script>window.owned=1</script>",
                 f"/trail?record={number}", f"/records/document?q={HIT}", "/palette?q=title", "/r/<img src=x onerror=window.owned=1>"):  # fmt: skip
        page.goto(path)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
        assert page.evaluate("window.owned") is None, path
        assert (
            page.locator(
                "main :is(script:not([src^='/static/']), iframe, object, embed, base, form[action^=javascript], [onerror], [onload])"
            ).count()
            == 0
        )
        assert (
            page.locator("a[href^='javascript' i], a[href^='data' i], a[href^='vbscript' i], a[href^='file' i]").count() == 0
        )
        assert page.locator("main img:not([src^='/'])").count() == 0, "a picture would be fetched from elsewhere"
    assert page.title().count("7*7") or "49" not in page.title()


def test_a_link_in_a_text_leads_out_only_when_it_is_pressed_and_says_nothing_of_where_it_was(here: Site) -> None:
    number, page = here.home.draft(text="## 1 Source\n\n[The guideline](https://www.example.org/q7)"), here.page("ann")
    page.goto(f"/r/{number}")

    link = page.get_by_role("link", name="The guideline")

    expect(link).to_have_attribute("href", "https://www.example.org/q7")
    assert {"noopener", "noreferrer"} <= set((link.get_attribute("rel") or "").split())


def test_no_text_forges_a_signature_a_header_or_a_page_number_on_paper(here: Site) -> None:
    number, page = here.home.draft(title="Plain", text=FORGED + FORGED * 40), here.page("ann")

    document = PdfReader(BytesIO(page.request.get(f"/r/{number}/pdf").body()))
    pages = [one.extract_text() for one in document.pages]

    assert len(pages) > 2
    for index, words in enumerate(pages, start=1):
        assert re.search(rf"{index} of {len(pages)}", words), "each page says which it is, whatever the text says"
        assert number in words
        assert "root:" not in words
    assert "#set page(header: [FORGED])" in re.sub(r"\s+", " ", "".join(pages)), "it stands there as the text that it is"
    assert "No electronic signature has been given." in " ".join("".join(pages).split())
    assert not document.get_fields()

"""The only place that reads HTML: what a form sends by itself, and what a refusal says."""

from __future__ import annotations

import html
import re

HIDDEN = re.compile(r"<input type=\"hidden\" name=\"([^\"]+)\" value=\"([^\"]*)\"")
TAG = re.compile(r"<[^>]+>")
SPACES = re.compile(r"\s+")
RULE = re.compile(r"<dt>Rule</dt>\s*<dd>\s*<code>([^<]+)</code>")
MISSING = re.compile(r"<dt>Missing</dt>\s*<dd>(.*?)</dd>", re.DOTALL)
ERROR = re.compile(r"id=\"[^\"]+-error\"[^>]*>(.*?)</", re.DOTALL)
UNSEEN = re.compile(r"<(script|style|svg)\b.*?</\1>", re.DOTALL)


def hidden(page: str) -> dict[str, str]:
    """Give the hidden inputs of a page's main part by name, without the CSRF token."""
    main = page.partition("<main")[2] or page
    return {name: html.unescape(value) for name, value in HIDDEN.findall(main) if name != "csrfmiddlewaretoken"}


def asks_for(page: str, name: str) -> bool:
    """Say whether a form of the page asks for a value that a person types."""
    main = page.partition("<main")[2] or page
    return any(
        f'name="{name}"' in tag and 'type="hidden"' not in tag
        for tag in re.findall(r"<(?:input|textarea|select)[^>]*>", main)
    )


def words(page: str) -> str:
    """Give what people read on a page, on one line."""
    body = page.partition("<main")[2] or page.partition("<body")[2] or page
    return SPACES.sub(" ", html.unescape(TAG.sub(" ", UNSEEN.sub(" ", body)))).strip()


def everything(page: str) -> str:
    """Give what people read on a page, what stands above and below its main part as well."""
    body = page.partition("<body")[2] or page
    return SPACES.sub(" ", html.unescape(TAG.sub(" ", UNSEEN.sub(" ", body)))).strip()


def rule(page: str) -> str:
    """Give the rule that a refusal names; "" where the page names none."""
    found = RULE.search(page)
    return html.unescape(found[1]).strip() if found else ""


def missing(page: str) -> str:
    """Give in words what a refusal says is missing."""
    found = MISSING.search(page)
    return SPACES.sub(" ", html.unescape(TAG.sub(" ", found[1]))).strip() if found else ""


def errors(page: str) -> list[str]:
    """Give what a form says beside its fields."""
    return [SPACES.sub(" ", html.unescape(TAG.sub(" ", one))).strip() for one in ERROR.findall(page)]

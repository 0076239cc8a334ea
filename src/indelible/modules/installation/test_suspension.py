"""OQ of the installation's state: what is suspended records nothing regulated, and people go on reporting."""

from __future__ import annotations

import pytest


@pytest.mark.needs("installation.released.suspend", "installation.suspended.resume")
@pytest.mark.script(
    "OQ-VAL-001",
    title="A suspended installation records nothing regulated until it is resumed",
    negative=True,
    last=True,
    requirements=("URS-VAL-013", "URS-SIG-011", "URS-DEV-001"),
)
def test_suspension(steps, site, database):
    """Quality suspends with a reason; regulated types are closed at once, reporting is not; resuming opens them again."""
    made, author = {}, site.person("author")

    def report():
        return author.create("deviation", **site.filling.values("deviation")).said

    @steps("Suspend the installation, with a signature of Quality", expected="suspended")
    def _():
        made["number"] = database.value("SELECT number FROM record WHERE type = 'installation'")
        made["document"] = site.make("document", "author", "in_approval").number
        return site.walk(made["number"], "suspend")

    @steps("Create a document", expected="refused: validated_state")
    def _():
        answer = author.create("document", **site.filling.values("document"))
        return f"{'done' if answer.ok else 'refused'}: {answer.rule}"

    @steps("Sign a document that was there before", expected="refused: validated_state; draft")
    def _():
        return f"{author.sign(made['document'], 'submit').signed}; {author.state(made['document'])}"

    @steps("Report a deviation", expected="201")
    def _():
        return report()

    @steps("Read the state by the interface", expected="suspended")
    def _():
        return str(author.api("GET", "/validation").json.get("state"))

    @steps("Resume, with a signature of Quality", expected="released; signed")
    def _():
        return f"{site.walk(made['number'], 'resume')}; {author.sign(made['document'], 'submit').signed}"

"""OQ of the check of the machine: each prerequisite is named, found, and mended by what it says; copies name what they cannot show."""

from __future__ import annotations

import pytest


def yes(it):
    return "yes" if it else "no"


@pytest.mark.script(
    "OQ-SYS-017",
    title="The check of the machine names each fault and how it is mended",
    negative=True,
    requirements=("URS-SYS-002",),
)
def test_the_check(steps, own):
    """A sound home first; then five faults are put into it, each is named with its own way to mend it, and mending makes it well."""
    made = {}

    def examined(**environment):
        told = own.run("doctor", "--json", **environment)
        made["told"] = {one["name"]: one for one in told.json.get("checks", [])}
        return told

    def faults():
        return {name for name, one in made["told"].items() if not one["ok"]}

    @steps(
        "Found a home and examine it",
        given="indelible doctor",
        expected="at least 15 questions, each with found and expected: yes",
    )
    def _():
        own.found("--environment", "validation")
        examined()
        made["before"] = faults()
        whole = len(made["told"]) >= 15 and all(one["found"] and one["expected"] for one in made["told"].values())
        return f"at least 15 questions, each with found and expected: {yes(whole)}"

    @steps(
        "Read what holds", expected="home, database, schema, guards, file store hold: yes; a way to mend what holds: none"
    )
    def _():
        sound = {"home", "database", "schema", "guards", "file store"} & {*made["told"]} - made["before"]
        mends = [name for name, one in made["told"].items() if one["ok"] and one["mend"]]
        return f"home, database, schema, guards, file store hold: {yes(len(sound) == 5)}; a way to mend what holds: {', '.join(mends) or 'none'}"

    def seen(name, words, ran):
        one = made["told"].get(name, {"ok": True, "mend": ""})
        new = faults() - made["before"]
        return f"exit 0: {yes(ran.code == 0)}; new faults: {', '.join(sorted(new)) or 'none'}; {words} named: {yes(words in one['mend'])}"

    @steps("Let others read home.json", expected="exit 0: no; new faults: home; chmod 600 named: yes")
    def _():
        (own.home / "home.json").chmod(0o644)
        found = seen("home", "chmod 600", examined())
        (own.home / "home.json").chmod(0o600)
        return found

    @steps("Take a guard away", expected="exit 0: no; new faults: guards; upgrade named: yes")
    def _():
        made["guard"] = str(own.database.value("SELECT sql FROM sqlite_master WHERE name = 'signature_guard_update'"))
        own.change("DROP TRIGGER signature_guard_update")
        found = seen("guards", "upgrade", examined())
        own.change(made["guard"])
        return found

    @steps("Change a guard so that it guards nothing", expected="exit 0: no; new faults: guards; verify named: yes")
    def _():
        own.change(
            "DROP TRIGGER signature_guard_update",
            "CREATE TRIGGER signature_guard_update BEFORE UPDATE ON signature BEGIN SELECT 1; END",
        )
        found = seen("guards", "verify", examined())
        own.change("DROP TRIGGER signature_guard_update", made["guard"])
        return found

    @steps("Put a file where the folder of files is", expected="exit 0: no; new faults: file store; chown named: yes")
    def _():
        files, aside = own.home / "files", own.home / "files-aside"
        if files.exists():
            files.rename(aside)
        files.write_text("no folder", "utf-8")
        found = seen("file store", "chown", examined())
        files.unlink()
        if aside.exists():
            aside.rename(files)
        return found

    @steps(
        "Name a scanner that does not answer",
        given="INDELIBLE_SCANNER=tcp://127.0.0.1:1",
        expected="exit 0: no; new faults: malware scanner; INDELIBLE_SCANNER named: yes",
    )
    def _():
        return seen("malware scanner", "INDELIBLE_SCANNER", examined(INDELIBLE_SCANNER="tcp://127.0.0.1:1"))

    @steps("Examine it again, with everything put back", expected="new faults: none")
    def _():
        examined()
        return f"new faults: {', '.join(sorted(faults() - made['before'])) or 'none'}"


@pytest.mark.needs("document")
@pytest.mark.script(
    "OQ-CPY-011",
    title="A character that a copy cannot show stands there by its code point",
    negative=True,
    requirements=("URS-CPY-011",),
)
def test_characters(steps, site):
    """Han, an emoji, and a mark that reverses the direction of writing; as many code points as characters, in title and text."""
    made, lost = {}, {"名": "[U+540D]", "🧬": "[U+1F9EC]"}

    @steps("Write a document with characters that no font of the copy has", given=", ".join(lost.values()), expected="201")
    def _():
        answer = site.make(
            "document", "author", title="Cells 名 of line 🧬", text="## 1 Purpose\n\nLabel 名 and 🧬, then 名 again."
        )
        made["number"] = answer.number
        return answer.said

    @steps("Print it", expected="in the title and the text: 3 of [U+540D] or more, 2 of [U+1F9EC] or more; as they are: 0")
    def _():
        text = "".join(site.person("author").pdf(made["number"]).split())
        made["copy"] = text
        counts = {code: text.count(code) for code in lost.values()}
        enough = f"{'3' if counts['[U+540D]'] >= 3 else counts['[U+540D]']} of [U+540D] or more, {'2' if counts['[U+1F9EC]'] >= 2 else counts['[U+1F9EC]']} of [U+1F9EC] or more"
        return f"in the title and the text: {enough}; as they are: {sum(text.count(one) for one in lost)}"

    @steps("Read the words around them", expected="Label[U+540D]and[U+1F9EC],then[U+540D]again.: yes")
    def _():
        words = "Label[U+540D]and[U+1F9EC],then[U+540D]again."
        return f"{words}: {yes(words in made['copy'])}"

    @steps("Read the record itself", given="the interface", expected="as they were written: yes")
    def _():
        fields = site.person("author").fields(made["number"])
        return f"as they were written: {yes(fields['title'] == 'Cells 名 of line 🧬' and '名 again' in fields['text'])}"

    @steps(
        "Write a title with a mark that reverses the direction of writing",
        given="U+202E",
        expected="taken and hidden in the copy: no",
    )
    def _():
        answer = site.make("document", "author", title="Approved \u202egnihton")
        text = "".join(site.person("author").pdf(answer.number).split()) if answer.ok else ""
        hidden = answer.ok and ("\u202e" in text or "[U+202E]" not in text)
        return f"taken and hidden in the copy: {yes(hidden)}"

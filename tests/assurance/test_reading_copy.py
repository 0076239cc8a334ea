"""The reading copy of an uploaded PDF: every page says what it is, and nothing of the file can act, hide or pass for ours."""

from __future__ import annotations

import io
from collections.abc import Callable

import pikepdf
import pypdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String

from indelible.assurance.rendition import stamping
from indelible.assurance.rendition.stamping import Unusable
from indelible.infra import underlay
from indelible.infra.recognition import active
from indelible.kernel.errors import NotFound
from indelible.kernel.models import Record
from indelible.practice import uploads
from tests.assurance.copies import flat
from tests.faces.browsing import sign_in, text
from tests.homes import TestHome
from tests.practice.bringing import bring, pdf

Spoil = Callable[[Pdf], None]


def record(number: str) -> Record:
    return Record.objects.get(number=number)


def spoiled(*spoils: Spoil, words: str = "Signed by Jane Doe") -> bytes:
    """Give an ordinary PDF into which something was put."""
    with Pdf.open(io.BytesIO(pdf(words))) as document:
        for spoil in spoils:
            spoil(document)
        out = io.BytesIO()
        document.save(out)
        return out.getvalue()


def script(document: Pdf) -> None:
    document.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))
    document.Root.Names = Dictionary(
        JavaScript=Dictionary(Names=Array([String("x"), Dictionary(S=Name.JavaScript, JS=String("1"))]))
    )


def launch(document: Pdf) -> None:
    document.pages[0].obj.AA = Dictionary(O=Dictionary(S=Name.Launch, F=String("calc.exe")))


def embedded(document: Pdf) -> None:
    document.attachments["evil.exe"] = b"MZ evil"


def form(document: Pdf) -> None:
    look = document.make_stream(b"BT /F1 12 Tf 5 5 Td (filled in) Tj ET")
    look.Type, look.Subtype, look.BBox = Name.XObject, Name.Form, Array([0, 0, 200, 30])
    look.Resources = document.pages[0].obj.Resources
    field = document.make_indirect(Dictionary(
        Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String("name"), V=String("filled in"), F=4,
        Rect=Array([72, 600, 272, 630]), AP=Dictionary(N=look), AA=Dictionary(K=Dictionary(S=Name.JavaScript, JS=String("1"))),
    ))  # fmt: skip
    document.pages[0].obj.Annots = Array([field])
    document.Root.AcroForm = Dictionary(Fields=Array([field]))


def signed(document: Pdf) -> None:
    field = document.make_indirect(Dictionary(Type=Name.Annot, Subtype=Name.Widget, FT=Name.Sig, T=String("s"),
                                              Rect=Array([0, 0, 0, 0]), V=Dictionary(Type=Name.Sig, Name=String("Jane"))))  # fmt: skip
    document.Root.AcroForm = Dictionary(Fields=Array([field]), SigFlags=3)


def link(document: Pdf) -> None:
    document.pages[0].obj.Annots = Array([Dictionary(
        Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 600, 800]), A=Dictionary(S=Name.URI, URI=String("https://evil.example")),
    )])  # fmt: skip


def hidden(document: Pdf) -> None:
    """Put a file and private data behind a drawing of the page."""
    inner = Stream(document, b"0 0 m")
    inner.Type, inner.Subtype, inner.BBox = Name.XObject, Name.Form, Array([0, 0, 9, 9])
    inner.AF = Array([Dictionary(Type=Name.Filespec, EF=Dictionary(F=Stream(document, b"secret", Type=Name.EmbeddedFile)))])
    inner.PieceInfo = Dictionary(App=Dictionary(Private=String("secret")))
    document.pages[0].obj.Resources.XObject = Dictionary(X1=inner)


def made(home: TestHome, content: bytes, *, user: str = "ann", until: str = "") -> bytes:
    sha256 = bring(home, user, "the file.pdf", content)
    number = home.draft(user, text="", file=[sha256])
    if until:
        home.until(number, until)
    return stamping.reading_copy(home.view("ann"), record(number), sha256)


def pages(content: bytes) -> list[str]:
    return [flat(page.extract_text()) for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def test_every_page_says_what_it_is(home: TestHome) -> None:
    def five(document: Pdf) -> None:
        for _ in range(4):
            document.pages.append(document.pages[0])

    content = spoiled(five)
    sha256 = bring(home, "ann", "the file.pdf", content)
    number = home.draft(text="", file=[sha256])

    found = pages(stamping.reading_copy(home.view("rob"), record(number), sha256))

    assert len(found) == 5
    sealed = bytes(record(number).version_sha256).hex()
    for at, page in enumerate(found, 1):
        for said in (f"{number} · revision 01", "Handling of samples", "Draft", "DEMO", "DRAFT", sealed, sha256,
                     f"Page {at} of 5", "Printed by Rob Reviewer", "America/New_York", "Signed by Jane Doe",
                     "Content, not a signature of this system"):  # fmt: skip
            assert said in page, (at, said)
    assert b"".join(uploads.bytes_of(sha256)) == content  # the file itself is as it came


def test_what_is_in_force_has_no_word_across_it(home: TestHome) -> None:
    (page,) = pages(made(home, pdf("In force"), until="effective"))

    assert "Effective" in page
    assert "DRAFT" not in page


@pytest.mark.parametrize("spoil", [script, launch, embedded, form, signed, link, hidden], ids=lambda one: one.__name__)
def test_nothing_of_the_file_can_act_or_hides(home: TestHome, spoil: Spoil) -> None:
    content = spoiled(spoil)
    result = made(home, content)

    with pikepdf.open(io.BytesIO(result)) as document:
        assert list(active(document)) == []
        assert not document.attachments
        assert {"/AcroForm", "/Names", "/OpenAction", "/AF", "/Metadata"} & set(document.Root.keys()) == set()
        assert all("/Annots" not in page.obj and "/AA" not in page.obj for page in document.pages)
        plain = io.BytesIO()
        document.save(
            plain,
            stream_decode_level=pikepdf.StreamDecodeLevel.all,
            compress_streams=False,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
        )
    for word in (b"JavaScript", b"calc.exe", b"MZ evil", b"evil.example", b"secret", b"pdfaid"):
        assert word not in plain.getvalue(), word
    assert "Signed by Jane Doe" in pages(result)[0]


def test_what_a_form_shows_is_shown(home: TestHome) -> None:
    assert "filled in" in pages(made(home, spoiled(form)))[0]


@pytest.mark.parametrize(
    ("box", "turn", "wide"), [((0, 0, 595, 842), 90, True), ((0, 0, 842, 595), 0, True), ((100, 100, 300, 500), 0, False)]
)
def test_a_page_keeps_its_shape(home: TestHome, box: tuple[int, ...], turn: int, wide: bool) -> None:
    def shaped(document: Pdf) -> None:
        document.pages[0].obj.MediaBox = Array(box)
        document.pages[0].obj.Rotate = turn

    (page,) = pypdf.PdfReader(io.BytesIO(made(home, spoiled(shaped)))).pages

    assert (page.mediabox.width > page.mediabox.height) is wide


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"%PDF-1.4\nnothing more", "damaged"),
        (b"", "damaged"),
        (pdf("x")[:200], "damaged"),
    ],
)
def test_a_damaged_file_has_no_reading_copy(content: bytes, says: str, tmp_path: object) -> None:
    place = __import__("pathlib").Path(str(tmp_path)) / "file.pdf"
    place.write_bytes(content)

    with pytest.raises(Unusable, match=says):
        underlay.sizes(place)


def test_an_encrypted_or_huge_file_has_no_reading_copy(home: TestHome, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO()
    with Pdf.open(io.BytesIO(pdf("x"))) as document:
        document.save(out, encryption=pikepdf.Encryption(owner="o", user="u"))
    place = home.path / "locked.pdf"
    place.write_bytes(out.getvalue())
    with pytest.raises(Unusable, match="encrypted"):
        underlay.sizes(place)
    place.write_bytes(pdf("x"))
    monkeypatch.setattr(underlay, "MOST_PAGES", 0)
    with pytest.raises(Unusable, match="1 pages"):
        underlay.sizes(place)
    monkeypatch.setattr(underlay, "LARGEST", 100)
    with pytest.raises(Unusable, match="larger"):
        underlay.sizes(place)


def test_the_page_offers_it_and_says_why_there_is_none(home: TestHome, monkeypatch: pytest.MonkeyPatch) -> None:
    sha256 = bring(home, "ann", "the file.pdf", pdf("x"))
    number, other = home.draft(text="", file=[sha256]), home.draft(title="Other")
    ann, path = sign_in("ann"), f"/r/{number}/reading/{sha256}"

    assert path in text(ann.get(f"/r/{number}"))
    answer = ann.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert sign_in("rea").get(path).status_code == 404
    assert ann.get(f"/r/{other}/reading/{sha256}").status_code == 404
    assert ann.get(f"{path}?for={other}").status_code == 404
    with pytest.raises(NotFound):
        stamping.reading_copy(home.view("ann"), record(number), "0" * 64)
    monkeypatch.setattr(underlay, "LARGEST", 100)
    refused = ann.get(path)
    assert refused.status_code == 422
    assert "There is no reading copy of this file:" in text(refused)
    assert f"/r/{number}/files/{sha256}" in text(refused)

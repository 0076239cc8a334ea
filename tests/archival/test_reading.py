"""The check itself: each rule is broken once in a good file, and speaks; a good file is left alone."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String
from PIL import Image

from indelible.infra.pdf import Attachment, compile_pdf
from tests.archival.reading import RULES, faults

pytestmark = pytest.mark.engine_free
AT = datetime(2026, 3, 14, 9, tzinfo=UTC)
TEMPLATE = """
#set document(title: "Sampling", author: "QC")
#set text(font: "Inter", lang: "en")
= Sampling
#json("data.json").words #link("https://example.org")[the rule]
#figure(image("a.png", alt: "A grey square"), caption: [Square])
"""
Breaks = Callable[[Pdf], None]


@pytest.fixture(scope="module")
def good() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (90, 90, 90)).save(out, "PNG")
    carried = Attachment("record.json", "application/json", b"{}", "source")
    return compile_pdf(TEMPLATE, {"words": "µ ≥ 70"}, at=AT, attachments=[carried], pictures={"a.png": out.getvalue()})


def changed(good: bytes, change: Breaks, **how: Any) -> bytes:
    with pikepdf.open(io.BytesIO(good)) as document:
        change(document)
        out = io.BytesIO()
        document.save(out, fix_metadata_version=False, **how)
    return out.getvalue()


def font(document: Pdf) -> Any:
    return next(o for o in document.objects if isinstance(o, Dictionary) and o.get("/Subtype") == "/Type0")


def link(document: Pdf) -> Any:
    return next(note for page in document.pages for note in page.get("/Annots", []))


def file(document: Pdf) -> Any:
    return document.Root.AF[0]


def figure(document: Pdf) -> Any:
    return next(o for o in document.objects if isinstance(o, Dictionary) and o.get("/S") == "/Figure")


def replace(document: Pdf, old: bytes, new: bytes) -> None:
    metadata = document.Root.Metadata
    raw = metadata.read_bytes()
    assert old in raw
    document.Root.Metadata = document.make_stream(raw.replace(old, new), Type=Name.Metadata, Subtype=Name.XML)


def draw(document: Pdf, operators: bytes, **resources: Any) -> None:
    page = document.pages[0]
    page.contents_add(document.make_stream(b"/Artifact BMC " + operators + b" EMC"))
    for key, value in resources.items():
        page.Resources[f"/{key}"] = value


def lone_glyph(document: Pdf) -> None:
    name = next(iter(document.pages[0].Resources.Font.keys()))
    draw(document, b"BT " + name.encode() + b" 9 Tf <FFF0> Tj ET")


def script(document: Pdf) -> None:
    document.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


def named_script(document: Pdf) -> None:
    document.Root.Names.JavaScript = Dictionary(Names=Array())


def outside(document: Pdf) -> None:
    document.Root.Outside = document.make_stream(b"", F=String("elsewhere.bin"))


def bad_profile(document: Pdf) -> None:
    document.Root.OutputIntents[0].DestOutputProfile = document.make_stream(b"no profile", N=3)


def no_unicode(document: Pdf) -> None:
    del font(document).ToUnicode


def no_embedding(document: Pdf) -> None:
    del font(document).DescendantFonts[0].FontDescriptor.FontFile2


def no_glyph_map(document: Pdf) -> None:
    del font(document).DescendantFonts[0].CIDToGIDMap


def no_widths(document: Pdf) -> None:
    font(document).DescendantFonts[0].W = Array()


def empty_unicode(document: Pdf) -> None:
    raw = font(document).ToUnicode.read_bytes()
    font(document).ToUnicode = document.make_stream(
        raw[: raw.index(b"beginbfchar")] + b"beginbfchar\n<0001> <0000>\nendbfchar"
    )


def form_of_today(document: Pdf) -> None:
    document.Root.AcroForm = Dictionary(Fields=Array(), NeedAppearances=True)


def deep(document: Pdf) -> None:
    draw(document, b"q " * 30 + b"Q " * 30)


def strange_role(document: Pdf) -> None:
    figure(document).S = Name("/Ornament")


def drop(where: Callable[[Pdf], Any], key: str) -> Breaks:
    def change(document: Pdf) -> None:
        del where(document)[key]

    return change


def put(where: Callable[[Pdf], Any], key: str, value: Any) -> Breaks:
    def change(document: Pdf) -> None:
        where(document)[key] = value

    return change


def root(document: Pdf) -> Any:
    return document.Root


def page(document: Pdf) -> Any:
    return document.pages[0].obj


def bytes_of(document: Pdf) -> Any:
    return file(document).EF.F


BROKEN: list[tuple[str, str, Breaks]] = [
    ("limits", "long name", put(root, "/" + "n" * 200, 1)),
    ("limits", "long string", put(root, "/S1", String("x" * 40_000))),
    ("limits", "large number", put(root, "/N1", 2**40)),
    ("streams", "outside", outside),
    ("metadata", "none", drop(root, "/Metadata")),
    ("metadata", "part", lambda d: replace(d, b"<pdfaid:part>3<", b"<pdfaid:part>2<")),
    ("metadata", "level", lambda d: replace(d, b"<pdfaid:conformance>A<", b"<pdfaid:conformance>B<")),
    ("metadata", "accessible", lambda d: replace(d, b"<pdfuaid:part>1<", b"<pdfuaid:part>9<")),
    ("metadata", "title", lambda d: replace(d, b"Sampling", b"Weighing")),
    ("metadata", "creator", lambda d: replace(d, b"<xmp:CreatorTool>Typst", b"<xmp:CreatorTool>Word")),
    ("metadata", "moment", lambda d: replace(d, b"<xmp:CreateDate>2026", b"<xmp:CreateDate>2025")),
    ("metadata", "no XML", lambda d: replace(d, b"</rdf:RDF>", b"")),
    ("colour", "no intent", drop(root, "/OutputIntents")),
    ("colour", "bad profile", bad_profile),
    ("colour", "device", lambda d: draw(d, b"0 1 0 0 k")),
    ("graphics", "transfer", lambda d: draw(d, b"/G1 gs", ExtGState=Dictionary(G1=Dictionary(TR=Name.Identity)))),
    ("graphics", "transfer 2", lambda d: draw(d, b"/G1 gs", ExtGState=Dictionary(G1=Dictionary(TR2=Name.Identity)))),
    ("graphics", "blend", lambda d: draw(d, b"/G1 gs", ExtGState=Dictionary(G1=Dictionary(BM=Name.Dissolve)))),
    ("graphics", "PostScript", lambda d: draw(d, b"", XObject=Dictionary(X1=d.make_stream(b"", Subtype=Name.PS)))),
    ("graphics", "interpolated", lambda d: draw(d, b"", XObject=Dictionary(X1=d.make_stream(b"", Interpolate=True)))),
    ("graphics", "operator", lambda d: draw(d, b"1 2 zz")),
    ("graphics", "intent", lambda d: draw(d, b"/Loud ri")),
    ("graphics", "deep", deep),
    ("fonts", "embedding", no_embedding),
    ("fonts", "unicode", no_unicode),
    ("fonts", "unicode of nothing", empty_unicode),
    ("fonts", "glyph map", no_glyph_map),
    ("fonts", "widths", no_widths),
    ("fonts", "encoding", put(font, "/Encoding", Name.WinAnsiEncoding)),
    ("fonts", "no glyph", lone_glyph),
    ("actions", "script", script),
    ("actions", "launch", lambda d: link(d).__setitem__("/A", Dictionary(S=Name.Launch, F=String("calc.exe")))),
    ("actions", "send", lambda d: link(d).__setitem__("/A", Dictionary(S=Name.SubmitForm, F=String("http://x")))),
    ("actions", "other file", lambda d: link(d).__setitem__("/A", Dictionary(S=Name.GoToR, F=String("other.pdf")))),
    ("actions", "named", lambda d: link(d).__setitem__("/A", Dictionary(S=Name.Named, N=Name.Print))),
    ("actions", "by itself", lambda d: d.Root.__setitem__("/AA", Dictionary(WC=Dictionary(S=Name.JavaScript)))),
    ("actions", "among names", named_script),
    ("actions", "form", form_of_today),
    ("annotations", "kind", put(link, "/Subtype", Name("/Movie"))),
    ("annotations", "hidden", put(link, "/F", 2)),
    ("annotations", "says nothing", drop(link, "/Contents")),
    ("annotations", "outside", drop(link, "/StructParent")),
    ("annotations", "keyboard", drop(page, "/Tabs")),
    ("annotations", "no looks", put(link, "/Subtype", Name.Stamp)),
    ("files", "relationship", drop(file, "/AFRelationship")),
    ("files", "name", drop(file, "/UF")),
    ("files", "media type", drop(bytes_of, "/Subtype")),
    ("files", "moment", drop(bytes_of, "/Params")),
    ("files", "not associated", put(root, "/AF", Array())),
    ("structure", "unmarked", put(root, "/MarkInfo", Dictionary(Marked=False))),
    ("structure", "language", drop(root, "/Lang")),
    ("structure", "title", drop(root, "/ViewerPreferences")),
    ("structure", "tree", drop(root, "/StructTreeRoot")),
    ("structure", "role", strange_role),
    ("structure", "figure", drop(figure, "/Alt")),
    ("structure", "parents", lambda d: d.Root.StructTreeRoot.__delitem__("/ParentTree")),
    ("marked content", "outside", lambda d: d.pages[0].contents_add(d.make_stream(b"0 0 9 9 re f"))),
    ("marked content", "page", drop(page, "/StructParents")),
    ("layers", "no name", put(root, "/OCProperties", Dictionary(OCGs=Array(), D=Dictionary()))),
]  # fmt: skip


def test_a_good_file_has_no_fault(good: bytes) -> None:
    assert faults(good) == []
    assert faults(changed(good, lambda _: None)) == []


@pytest.mark.parametrize(("rule", "what", "change"), BROKEN, ids=[f"{rule}: {what}" for rule, what, _ in BROKEN])
def test_what_is_broken_is_named_by_its_rule(good: bytes, rule: str, what: str, change: Breaks) -> None:
    assert what
    assert rule in {one.partition(":")[0] for one in faults(changed(good, change))}


@pytest.mark.parametrize(
    ("rule", "content"),
    [
        ("syntax", lambda good: good.replace(b"%PDF-1.7", b"%PDF-1.9", 1)),
        ("syntax", lambda good: good.replace(b"%\x80\x80\x80\x80", b"%ABCD", 1)),
        ("syntax", lambda good: good + b"\nand more"),
        ("syntax", lambda good: changed(good, lambda _: None, encryption=pikepdf.Encryption(owner="o", user=""))),
        ("readable", lambda good: good[: len(good) // 3]),
        ("readable", lambda good: changed(good, lambda _: None, encryption=pikepdf.Encryption(owner="o", user="u"))),
    ],
)  # fmt: skip
def test_a_file_that_is_no_plain_pdf_is_named(good: bytes, rule: str, content: Callable[[bytes], bytes]) -> None:
    assert rule in {one.partition(":")[0] for one in faults(content(good))}


def test_compressed_metadata_and_other_filters_are_named(good: bytes) -> None:
    with pikepdf.open(io.BytesIO(good)) as document:
        out = io.BytesIO()
        document.Root.Metadata = document.make_stream(b"", Filter=Name.FlateDecode)
        document.Root.Old = document.make_stream(b"\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01", Filter=Name.LZWDecode)
        document.save(out, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)
    told = {one.partition(":")[0] for one in faults(out.getvalue())}

    assert {"metadata", "streams"} <= told


def test_every_rule_was_broken() -> None:
    assert {rule for rule, _, _ in BROKEN} | {"syntax"} == set(RULES)

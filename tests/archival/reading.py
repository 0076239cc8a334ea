"""What ISO 19005-3 (PDF/A-3, level A) and ISO 14289-1 (PDF/UA-1) ask of a file's structure, read with pikepdf alone.

It shares no code with the typesetter and imports nothing of the product. It is a structural check and no certified
validator: it does not draw pages, does not look into the outlines of glyphs, and does not judge whether a text
alternative says the right thing. Each fault begins with the name of its rule.
"""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from typing import Any

import pikepdf

from tests.archival import fonts, strokes

Check = Callable[[pikepdf.Pdf, bytes], Iterator[str]]
RULES: dict[str, Check] = {}
NS = {
    "rdf": "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}", "dc": "{http://purl.org/dc/elements/1.1/}",
    "pdfaid": "{http://www.aiim.org/pdfa/ns/id/}", "pdfuaid": "{http://www.aiim.org/pdfua/ns/id/}",
    "xmp": "{http://ns.adobe.com/xap/1.0/}",
}  # fmt: skip
ACTING = {"/JavaScript", "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/Hide", "/SetOCGState", "/Rendition",
          "/Trans", "/GoTo3DView", "/SubmitForm", "/GoToR", "/GoToE", "/Thread"}  # fmt: skip
NAMED = {"/NextPage", "/PrevPage", "/FirstPage", "/LastPage"}
FILTERS = {"/ASCIIHexDecode", "/ASCII85Decode", "/FlateDecode", "/RunLengthDecode", "/CCITTFaxDecode", "/JBIG2Decode",
           "/DCTDecode", "/JPXDecode"}  # fmt: skip
NOTES = {"/Link", "/Widget", "/Text", "/FreeText", "/Line", "/Square", "/Circle", "/Highlight", "/Underline", "/Popup", "/Ink",
         "/Stamp", "/FileAttachment", "/PrinterMark"}  # fmt: skip
RELATIONS = {"/Source", "/Data", "/Alternative", "/Supplement", "/EncryptedPayload", "/FormData", "/Schema", "/Unspecified"}
STANDARD = {
    "/Document", "/Part", "/Art", "/Sect", "/Div", "/BlockQuote", "/Caption", "/TOC", "/TOCI", "/Index", "/NonStruct", "/Private",
    "/P", "/H", "/H1", "/H2", "/H3", "/H4", "/H5", "/H6", "/L", "/LI", "/Lbl", "/LBody", "/Table", "/TR", "/TH", "/TD", "/THead",
    "/TBody", "/TFoot", "/Span", "/Quote", "/Note", "/Reference", "/BibEntry", "/Code", "/Link", "/Annot", "/Ruby", "/Warichu",
    "/RB", "/RT", "/RP", "/WT", "/WP", "/Figure", "/Formula", "/Form",
}  # fmt: skip
BLENDS = {"/Normal", "/Compatible", "/Multiply", "/Screen", "/Overlay", "/Darken", "/Lighten", "/ColorDodge", "/ColorBurn",
          "/HardLight", "/SoftLight", "/Difference", "/Exclusion", "/Hue", "/Saturation", "/Color", "/Luminosity"}  # fmt: skip


def faults(content: bytes) -> list[str]:
    """Give what keeps a file from being PDF/A-3a and PDF/UA-1, as far as this check looks; nothing for a good one."""
    try:
        document = pikepdf.open(io.BytesIO(content))
    except (pikepdf.PdfError, pikepdf.PasswordError) as problem:
        return [f"readable: {problem}"]
    with document:
        return [f"{name}: {text}" for name, check in RULES.items() for text in check(document, content)]


def rule(name: str) -> Callable[[Check], Check]:
    """Register a rule under its name."""

    def register(check: Check) -> Check:
        RULES[name] = check
        return check

    return register


def things(document: pikepdf.Pdf) -> Iterator[Any]:
    """Give every dictionary of the file, those inside others too, and every stream."""
    waiting: list[Any] = [document.trailer, *document.objects]
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, pikepdf.Array):
            waiting += [one for one in thing if not getattr(one, "is_indirect", False)]
        elif isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
            yield thing
            waiting += [one for one in thing.values() if not getattr(one, "is_indirect", False)]


@rule("syntax")
def syntax(document: pikepdf.Pdf, content: bytes) -> Iterator[str]:
    """6.1.2 to 6.1.4: the header, nothing after the end, an identifier, no encryption; no damage that qpdf sees."""
    lines = content.split(b"\n", 2)
    if not re.fullmatch(rb"%PDF-1\.[0-7]", lines[0].strip()):
        yield f"the header is {lines[0][:20]!r}"
    if len(lines) < 2 or not lines[1].startswith(b"%") or sum(byte > 127 for byte in lines[1][1:5]) < 4:
        yield "the second line does not say that the file is binary"
    if not content.rstrip(b"\r\n").endswith(b"%%EOF"):
        yield "something follows the end"
    if "/ID" not in document.trailer:
        yield "the trailer has no identifier"
    if document.is_encrypted:
        yield "it is encrypted"
    yield from document.check_pdf_syntax()


@rule("limits")
def limits(document: pikepdf.Pdf, content: bytes) -> Iterator[str]:
    """6.1.13: names of at most 127 bytes, strings of at most 32,767, whole numbers of 32 bits."""
    del content
    for thing in things(document):
        for key, value in thing.items():
            if len(key.encode()) > 128 or (isinstance(value, pikepdf.Name) and len(str(value).encode()) > 128):
                yield f"a name is too long: {key[:40]}"
            if isinstance(value, pikepdf.String) and len(bytes(value)) > 32_767:
                yield f"a string is too long: {key}"
            if isinstance(value, int) and not -(2**31) <= value < 2**31:
                yield f"a number is too large: {key}"


@rule("streams")
def streams(document: pikepdf.Pdf, content: bytes) -> Iterator[str]:
    """6.1.7: no LZW, no encryption, no bytes that lie outside the file."""
    del content
    for thing in things(document):
        if isinstance(thing, pikepdf.Stream):
            given: Any = thing.get("/Filter", [])
            used = {str(one) for one in (given if isinstance(given, pikepdf.Array) else [given])} - {"[]"}
            if used - FILTERS:
                yield f"a filter is not allowed: {sorted(used - FILTERS)}"
            if {"/F", "/FFilter", "/FDecodeParms"} & set(thing.keys()):
                yield "a stream lies outside the file"


@rule("metadata")
def metadata(document: pikepdf.Pdf, content: bytes) -> Iterator[str]:
    """6.6.2 and 6.6.4, UA 5: XMP that is plain, well-formed, claims part 3 level A and UA part 1, and agrees with Info."""
    del content
    found = document.Root.get("/Metadata")
    if found is None:
        yield "there is none"
        return
    if "/Filter" in found:
        yield "it is compressed"
    packet = re.sub(rb"<\?xpacket.*?\?>", b"", found.read_bytes(), flags=re.DOTALL).strip()
    try:
        tree = ET.fromstring(packet)  # noqa: S314 - the file was made a moment ago, by the product
    except ET.ParseError as problem:
        yield f"it is not XML: {problem}"
        return
    claims = {"pdfaid:part": "3", "pdfaid:conformance": "A", "pdfuaid:part": "1"}
    yield from (f"{name} is {_said(tree, name)!r}" for name, wanted in claims.items() if _said(tree, name) != wanted)
    yield from _as_in_info(tree, document.trailer.get("/Info", {}))


def _said(tree: ET.Element, name: str) -> str:
    prefix, _, local = name.partition(":")
    key = NS[prefix] + local
    inside = tree.find(f".//{key}")
    attributes = (e.attrib[key] for e in tree.iter() if key in e.attrib)
    return "".join(inside.itertext()).strip() if inside is not None else next(attributes, "")


def _as_in_info(tree: ET.Element, info: Any) -> Iterator[str]:
    title = _said(tree, "dc:title")
    if not title or str(info.get("/Title", title)) != title:
        yield "the title is missing, or another one than in Info"
    if str(info.get("/Creator", "")) != _said(tree, "xmp:CreatorTool"):
        yield "the creator is another one than in Info"
    for key, name in (("/CreationDate", "xmp:CreateDate"), ("/ModDate", "xmp:ModifyDate")):
        if re.sub(r"\D", "", str(info.get(key, "")))[:14] != re.sub(r"\D", "", _said(tree, name))[:14]:
            yield f"{name} is another moment than in Info"


@rule("colour")
def colour(document: pikepdf.Pdf, content: bytes) -> Iterator[str]:
    """6.2.3 and 6.2.4: one output intent with its own ICC profile, and no colour of a device that it does not describe."""
    del content
    intents = [one for one in document.Root.get("/OutputIntents", []) if one.get("/S") == "/GTS_PDFA1"]
    profiles = {one.DestOutputProfile.objgen for one in intents if "/DestOutputProfile" in one}
    if len(profiles) != 1:
        yield f"{len(profiles)} output profiles"
        return
    profile = intents[0].DestOutputProfile
    raw, spaces = profile.read_bytes(), {1: b"GRAY", 3: b"RGB ", 4: b"CMYK"}
    if raw[36:40] != b"acsp" or raw[16:20] != spaces.get(int(profile.get("/N", 0))):
        yield "the output profile is no ICC profile of its number of components"
    allowed = {b"RGB ": {"/DeviceRGB", "/DeviceGray"}, b"GRAY": {"/DeviceGray"}, b"CMYK": {"/DeviceCMYK", "/DeviceGray"}}
    used = strokes.device_colours(document)
    if used - allowed.get(raw[16:20], set()):
        yield f"colours of a device that the profile does not describe: {sorted(used)}"
    yield from (
        "a colour space has a profile that is none"
        for thing in things(document)
        if isinstance(thing, pikepdf.Stream) and _is_icc(document, thing) and thing.read_bytes()[36:40] != b"acsp"
    )


def _is_icc(document: pikepdf.Pdf, stream: pikepdf.Stream) -> bool:
    for thing in document.objects:
        if (
            isinstance(thing, pikepdf.Array)
            and len(thing) == 2
            and thing[0] == "/ICCBased"
            and thing[1].objgen == stream.objgen
        ):
            return True
    return False


@rule("graphics")
def graphics(document: pikepdf.Pdf, content: bytes) -> Iterator[str]:
    """6.2.5 to 6.2.10: no transfer curves, no PostScript, no alternates; known blend modes and rendering intents."""
    del content
    for thing in things(document):
        if {"/TR", "/HTP", "/OPI", "/Alternates", "/Ref", "/PS"} & set(thing.keys()) and thing.get("/Type") != "/StructElem":
            found = {"/TR", "/HTP", "/OPI", "/Alternates", "/Ref", "/PS"} & set(thing.keys())
            yield f"not allowed: {sorted(found)}"
        if thing.get("/TR2", "/Default") != "/Default":
            yield "a transfer curve"
        if thing.get("/Subtype") == "/PS" or thing.get("/Subtype2") == "/PS":
            yield "a program in PostScript"
        if thing.get("/Interpolate", False) is True:
            yield "an image is interpolated"
        modes = thing.get("/BM", [])
        if {str(one) for one in (modes if isinstance(modes, pikepdf.Array) else [modes])} - BLENDS - {"[]"}:
            yield f"an unknown blend mode: {modes}"
    yield from strokes.unknown(document)


@rule("fonts")
def embedded(document: pikepdf.Pdf, content: bytes) -> Iterator[str]:
    """6.2.11: every font is inside, every character that is shown has a glyph, a width and a Unicode value."""
    del content
    yield from fonts.faults(document)


@rule("actions")
def actions(document: pikepdf.Pdf, content: bytes) -> Iterator[str]:
    """6.5 and 6.4: nothing runs, nothing is sent, no form fills itself; addresses stand in links alone."""
    del content
    for thing in things(document):
        if thing.get("/S") in ACTING and thing.get("/Type") != "/StructElem":
            yield f"an action {thing.S}"
        if thing.get("/S") == "/Named" and thing.get("/N") not in NAMED:
            yield f"a named action {thing.get('/N')}"
        if "/AA" in thing:
            yield "an action that starts by itself"
        if "/XFA" in thing or thing.get("/NeedAppearances", False) is True:
            yield "a form that fills itself"
    names: Any = document.Root.get("/Names", {})
    if {"/JavaScript", "/AlternatePresentations"} & set(names.keys()):
        yield "a script among the names"


@rule("annotations")
def noted(document: pikepdf.Pdf, content: bytes) -> Iterator[str]:
    """6.3, UA 7.18: known kinds, printed, never hidden; links say where they lead and stand in the structure."""
    del content
    for number, page in enumerate(document.pages, 1):
        notes = list(page.get("/Annots", []))
        if notes and page.get("/Tabs") != "/S":
            yield f"page {number}: the keyboard does not follow the structure"
        for note in notes:
            kind, flags = note.get("/Subtype"), int(note.get("/F", 0))
            if kind not in NOTES:
                yield f"page {number}: an annotation {kind}"
            if kind != "/Popup" and (not flags & 4 or flags & (1 | 2 | 32 | 256)):
                yield f"page {number}: an annotation that is hidden or not printed"
            if kind not in ("/Link", "/Popup") and "/AP" not in note:
                yield f"page {number}: an annotation without its looks"
            if kind == "/Link" and not str(note.get("/Contents", "")):
                yield f"page {number}: a link that does not say where it leads"
            if "/StructParent" not in note:
                yield f"page {number}: an annotation outside the structure"


@rule("files")
def files(document: pikepdf.Pdf, content: bytes) -> Iterator[str]:
    """6.8: each file inside has its names, its kind, its moment and its relationship, and is associated with the document."""
    del content
    associated = {one.objgen for one in document.Root.get("/AF", [])}
    for thing in things(document):
        if thing.get("/Type") != "/Filespec" and "/EF" not in thing:
            continue
        name = str(thing.get("/UF", thing.get("/F", "?")))
        if not {"/F", "/UF", "/EF"} <= set(thing.keys()):
            yield f"{name}: a name is missing, or the file itself"
        if thing.get("/AFRelationship") not in RELATIONS:
            yield f"{name}: no relationship"
        if thing.objgen not in associated:
            yield f"{name}: not associated"
        for stream in thing.get("/EF", {}).values():
            if "/" not in str(stream.get("/Subtype", ""))[1:]:
                yield f"{name}: no media type"
            if "/ModDate" not in stream.get("/Params", {}):
                yield f"{name}: no moment of its last change"


@rule("structure")
def structure(document: pikepdf.Pdf, content: bytes) -> Iterator[str]:
    """6.7, UA 7.1 to 7.3: marked, in a language, titled; standard roles; figures say what they show."""
    del content
    root: Any = document.Root
    mark: Any = root.get("/MarkInfo", {})
    viewer: Any = root.get("/ViewerPreferences", {})
    if mark.get("/Marked", False) is not True or mark.get("/Suspects", False) is True:
        yield "it is not marked"
    if not str(root.get("/Lang", "")):
        yield "it has no language"
    if viewer.get("/DisplayDocTitle", False) is not True:
        yield "a viewer shows its file name and not its title"
    tree = root.get("/StructTreeRoot")
    if tree is None:
        yield "it has no structure"
        return
    roles = {str(key): str(value) for key, value in tree.get("/RoleMap", {}).items()}
    for thing in things(document):
        if "/S" in thing and "/P" in thing and thing.get("/Type", "/StructElem") == "/StructElem":
            kind = str(thing.S)
            if roles.get(kind, kind) not in STANDARD:
                yield f"an element {kind} that no standard knows"
            if roles.get(kind, kind) in ("/Figure", "/Formula") and not {"/Alt", "/ActualText"} & set(thing.keys()):
                yield f"an element {kind} without words for it"
    if "/ParentTree" not in tree:
        yield "what is on the pages cannot be found in the structure"


@rule("marked content")
def marked(document: pikepdf.Pdf, content: bytes) -> Iterator[str]:
    """UA 7.1: whatever a page shows is either in the structure or marked as decoration."""
    del content
    for number, page in enumerate(document.pages, 1):
        if "/StructParents" not in page:
            yield f"page {number}: outside the structure"
        if outside := strokes.unmarked(page):
            yield f"page {number}: shown without a mark: {', '.join(sorted(outside))}"


@rule("layers")
def layers(document: pikepdf.Pdf, content: bytes) -> Iterator[str]:
    """6.9: layers have a name, and nobody switches them by event."""
    del content
    found = document.Root.get("/OCProperties")
    for one in [found.D, *found.get("/Configs", [])] if found is not None else []:
        if not str(one.get("/Name", "")) or "/AS" in one:
            yield "a configuration of layers without a name, or one that switches by itself"

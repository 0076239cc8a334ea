"""The address at which files are brought: as a form with `file`, or as the bytes themselves with `?name=`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from ninja import Query, Router

from indelible.faces.api import bodies, shapes
from indelible.faces.api.declaring import does
from indelible.faces.api.entrance import Call
from indelible.faces.api.problems import Unacceptable
from indelible.infra.storage import CHUNK
from indelible.practice import uploads

router = Router(tags=["Files"])
FORM = "multipart/form-data"
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            FORM: {
                "schema": {
                    "type": "object",
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "sha256": {"type": "string"},
                    },
                    "required": ["file"],
                }
            },
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


@router.post("/files", response={201: shapes.File}, openapi_extra=does("upload") | BODY)
def bring(
    request: Call,
    name: Annotated[str | None, Query(description="With raw bytes: the file's name.")] = None,
    sha256: Annotated[str | None, Query(description="Compared with what arrives.")] = None,
) -> shapes.File:
    """Bring a file. It becomes part of a record when a field names its SHA-256."""
    length = _length(request)
    if request.content_type == FORM:
        kept, claimed, chunks = _from_form(request)
        sha256 = sha256 or claimed
    else:
        kept, chunks = name or "", _whole(request, length)
    if not kept.strip():
        raise Unacceptable(422, "input", "The file has no name.", do="Give it a name.", field="name")
    upload = uploads.receive(request.auth, kept, chunks, sha256)
    return shapes.File(sha256=upload.sha256, name=upload.name, size=upload.size, media_type=upload.media_type)


def _length(request: Call) -> int:
    """Give how much was announced; what is surely too large is refused before it is read."""
    announced = request.headers.get("Content-Length", "")
    if not announced.isascii() or not announced.isdigit():
        raise Unacceptable(411, "length", "Say how long the file is.", do="Send Content-Length.")
    if int(announced) > bodies.most_bytes() + bodies.AROUND:
        text = f"The file is larger than {bodies.most_bytes():,} bytes."
        raise Unacceptable(413, "upload_size", text, do="Bring a smaller file.", field="file")
    return int(announced)


def _from_form(request: Call) -> tuple[str, str | None, Iterator[bytes]]:
    file = request.FILES.get("file")
    if file is None:
        raise Unacceptable(422, "input", "The form holds no file.", do="Name it `file`.", field="file")
    return str(file.name), request.POST.get("sha256") or None, file.chunks(CHUNK)


def _whole(request: Call, length: int) -> Iterator[bytes]:
    """Stream the body; one that ends early is not kept as if it were the file."""
    left = length
    while chunk := request.read(CHUNK):
        left -= len(chunk)
        yield chunk
    if left > 0:
        raise Unacceptable(400, "body", "The connection ended before the whole file had arrived.")

"""Takes in files that come with a form (the way without script); the kernel receives and checks them."""

from __future__ import annotations

from indelible.faces.web import drafts
from indelible.faces.web.requests import Request
from indelible.kernel.errors import Refused, Unavailable
from indelible.kernel.types import FieldDeclaration
from indelible.practice import uploads


def brought(request: Request, field: FieldDeclaration) -> list[str]:
    """Receive the files sent for a field and give their hashes; raises Invalid for one that is not accepted.

    Whatever becomes of a file, the text that came with it stays as this person's draft of the form.
    """
    found = request.FILES.getlist(f"{field.name}_new")
    try:
        return [uploads.receive(request.ctx, str(file.name), file.chunks()).sha256 for file in found]
    except (Refused, Unavailable):
        drafts.rescue(request)
        raise

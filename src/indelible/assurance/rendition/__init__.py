"""Printed copies: what a record looks like on paper, and the data behind it inside the same file.

Its public face is three names: fill `RenditionData`, turn Markdown into a `tree`, `render`.
"""

from indelible.assurance.rendition.data import RenditionData
from indelible.assurance.rendition.render import render
from indelible.assurance.rendition.text import tree

__all__ = ["RenditionData", "render", "tree"]

"""What a complaint repeats, on its page."""

from __future__ import annotations

from indelible.practice import trends
from indelible.practice.panels import panel

panel(
    "repeated-complaints",
    label="Repeats",
    says="Which ones of its kind came before it within the days of a trend.",
    of=["complaint"],
    inline=True,
)(trends.shown)

"""What an incident repeats, on its page."""

from __future__ import annotations

from indelible.practice import trends
from indelible.practice.panels import panel

panel(
    "repeated-incidents",
    label="Repeats",
    says="Which ones of its kind came before it within the days of a trend.",
    of=["incident"],
    inline=True,
)(trends.shown)

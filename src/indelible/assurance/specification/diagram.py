"""The only place that draws a lifecycle: states in their order from top to bottom, moves as numbered arrows, one lane for each.

Forward moves that skip states run on the right, returns on the left; numbers lead to the table of moves. Pure: text in, SVG out.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from indelible.kernel.types import TypeDeclaration

BOX_WIDTH, BOX_HEIGHT, GAP, LANE, SIDE = 190, 34, 30, 26, 14
STEP = BOX_HEIGHT + GAP
TONES = {"draft": "#ffffff", "work": "#e8eff8", "wait": "#fdf3de", "done": "#e9f5ee", "void": "#f1f3f6"}
INK, LINE = "#141b24", "#434e5e"


@dataclass(slots=True)
class Arrow:
    """One or more moves from one state to another, by their places in the order; `lane` counts outwards."""

    start: int
    end: int
    numbers: list[int]
    lane: int = 0

    @property
    def span(self) -> tuple[int, int]:
        """Give the rows that it passes."""
        return min(self.start, self.end), max(self.start, self.end)

    @property
    def side(self) -> str:
        """Say where it runs: straight to the next state, on the right, or back on the left."""
        return "straight" if self.end == self.start + 1 else "left" if self.end < self.start else "right"


def numbered(declared: TypeDeclaration) -> list[tuple[int, str, str]]:
    """Give the moves of a lifecycle with the numbers under which they are drawn: (number, state, verb)."""
    moves = [(state, verb) for state in declared.order for verb in declared.lifecycle[state].moves]
    return [(number, state, verb) for number, (state, verb) in enumerate(moves, 1)]


def svg(declared: TypeDeclaration) -> str:
    """Draw the lifecycle of a type; the same declaration gives the same text."""
    arrows = _arrows(declared)
    left = 1 + max((one.lane for one in arrows if one.side == "left"), default=-1)
    right = 1 + max((one.lane for one in arrows if one.side == "right"), default=-1)
    x = SIDE + left * LANE + (LANE // 2 if left else 0)
    width, height = x + BOX_WIDTH + right * LANE + LANE + SIDE, len(declared.order) * STEP - GAP + 2 * SIDE
    drawn = [_drawn(one, x) for one in arrows if one.start != one.end]
    parts = [
        (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'font-family="Inter, sans-serif" font-size="12"><title>{escape(_title(declared))}</title>'),
        ('<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        f'<path d="M0 0.5 8 4 0 7.5z" fill="{LINE}"/></marker></defs>'),
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        # Lines first: a number that a line of another move passes stays readable.
        *(line for line, _ in drawn), *(_box(declared, name, at, x) for at, name in enumerate(declared.order)),
        *(number for _, number in drawn), *(_staying(one, x) for one in arrows if one.start == one.end), "</svg>",
    ]  # fmt: skip
    return "\n".join(parts) + "\n"


def _title(declared: TypeDeclaration) -> str:
    return (
        f"The lifecycle of a {declared.noun}: {', '.join(declared.lifecycle[name].label or name for name in declared.order)}"
    )


def _arrows(declared: TypeDeclaration) -> list[Arrow]:
    places = {name: at for at, name in enumerate(declared.order)}
    found: dict[tuple[int, int], Arrow] = {}
    for number, state, verb in numbered(declared):
        start, end = places[state], places[declared.lifecycle[state].moves[verb].to]
        found.setdefault((start, end), Arrow(start, end, [])).numbers.append(number)
    arrows = list(found.values())
    for side in ("left", "right"):
        _lanes([one for one in arrows if one.side == side and one.start != one.end])
    return arrows


def _lanes(arrows: list[Arrow]) -> None:
    """Give each arrow of one side the innermost lane in which no other passes the same rows."""
    taken: list[list[tuple[int, int]]] = []
    for one in sorted(arrows, key=lambda arrow: (arrow.span[1] - arrow.span[0], arrow.span)):
        first, last = one.span
        for lane, spans in enumerate([*taken, []]):
            if all(last < a or first > b for a, b in spans):
                if lane == len(taken):
                    taken.append([])
                taken[lane].append(one.span)
                one.lane = lane
                break


def _staying(one: Arrow, x: int) -> str:
    """Say inside of a state which moves stay in it."""
    told = f"{', '.join(map(str, one.numbers))} {'stays' if len(one.numbers) == 1 else 'stay'} here"
    y = SIDE + one.start * STEP + BOX_HEIGHT - 5
    return f'<text x="{x + BOX_WIDTH // 2}" y="{y}" text-anchor="middle" font-size="8" fill="{LINE}">{told}</text>'


def _drawn(one: Arrow, x: int) -> tuple[str, str]:
    """Give the line of an arrow and its number."""
    told = ", ".join(map(str, one.numbers))
    if one.side == "straight":
        y = SIDE + one.start * STEP + BOX_HEIGHT
        middle = x + BOX_WIDTH // 2
        return _line(f"M{middle} {y} V{y + GAP}"), _number(middle + 4 + 4 * len(told), y + GAP // 2, told)
    outwards = 1 if one.side == "right" else -1
    edge = x + BOX_WIDTH if one.side == "right" else x
    # Leaves below the middle of its box and arrives above it, a little apart for each lane, so that no two lines lie on each other.
    out, into = (6 + one.lane * 3) % 15, (6 + one.lane * 3) % 15
    leave, arrive = SIDE + one.start * STEP + BOX_HEIGHT // 2 + out, SIDE + one.end * STEP + BOX_HEIGHT // 2 - into
    if one.side == "left":
        leave, arrive = SIDE + one.start * STEP + BOX_HEIGHT // 2 - out, SIDE + one.end * STEP + BOX_HEIGHT // 2 + into
    lane = edge + outwards * (LANE + one.lane * LANE - (0 if one.side == "right" else LANE // 2))
    return _line(f"M{edge} {leave} H{lane} V{arrive} H{edge + outwards}"), _number(lane, (leave + arrive) // 2, told)


def _line(path: str) -> str:
    return (
        f'<path d="{path}" fill="none" stroke="{LINE}" stroke-width="1.2" stroke-linejoin="round" marker-end="url(#tip)"/>'
    )


def _number(x: int, y: int, told: str) -> str:
    half = 7 + 3 * (len(told) - 1)
    return (
        f'<rect x="{x - half}" y="{y - 8}" width="{2 * half}" height="16" rx="8" fill="#ffffff" stroke="{LINE}" stroke-width="0.6"/>'
        f'<text x="{x}" y="{y + 4}" text-anchor="middle" font-size="10" fill="{INK}">{told}</text>'
    )


def _box(declared: TypeDeclaration, name: str, at: int, x: int) -> str:
    state, y = declared.lifecycle[name], SIDE + at * STEP
    label = state.label or name
    shown = label if len(label) <= 30 else f"{label[:29]}…"
    stays = any(move.to == name for move in state.moves.values())
    weight = ' font-weight="600"' if name == declared.initial else ""
    inner = "" if state.moves else (
        f'<rect x="{x + 3}" y="{y + 3}" width="{BOX_WIDTH - 6}" height="{BOX_HEIGHT - 6}" rx="5" fill="none" stroke="{LINE}" stroke-width="0.8"/>'
    )  # fmt: skip
    return (
        f'<rect x="{x}" y="{y}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="7" fill="{TONES[state.look]}" stroke="{LINE}" stroke-width="1.2"/>{inner}'
        f'<text x="{x + BOX_WIDTH // 2}" y="{y + BOX_HEIGHT // 2 + (1 if stays else 4)}" text-anchor="middle" fill="{INK}"{weight}>{escape(shown)}</text>'
    )

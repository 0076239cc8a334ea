"""Makes the validation annexes of SOP-029: the measured values of its tables from a seed, and the figures drawn from them.

The texts around the tables stand in `documents/SOP-029.annexes.md`; each of its sections ends with the table of its letter.
Summaries are computed from the very rows that are printed, so that a reader who counts again finds the same.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from math import comb, exp
from statistics import NormalDist, mean, stdev

from indelible.project.demo.timeline import FOLDER, TEXTS

SEED = 71  # of USP
MATRICES = ("drug product", "in-process", "cryomedium")
LEVELS = (1, 3, 10, 50)  # nominal CFU in a bottle
REPLICATES = 12
NEGATIVES = 30
READERS = ("RS-01", "RS-02")
DAYS = 7
CONFIDENCE = 0.95
MARGIN = 0.20  # non-inferiority, on the fraction of bottles found positive


@dataclass(frozen=True, slots=True)
class Strain:
    """A challenge organism: how soon one CFU is seen by the reader (h) and by eye in the compendial test (days)."""

    name: str
    source: str
    bottle: str
    hours: float
    days: float

    @property
    def short(self) -> str:
        """Give the name as it is written once it is known."""
        genus, species = self.name.split()
        return f"{genus[0]}. {species}"


STRAINS = (
    Strain("Staphylococcus aureus", "ATCC 6538", "aerobic", 15.5, 2.2),
    Strain("Pseudomonas aeruginosa", "ATCC 9027", "aerobic", 17.8, 2.4),
    Strain("Bacillus subtilis", "ATCC 6633", "aerobic", 13.9, 2.0),
    Strain("Clostridium sporogenes", "ATCC 19404", "anaerobic", 20.6, 2.9),
    Strain("Candida albicans", "ATCC 10231", "aerobic", 27.4, 3.3),
    Strain("Aspergillus brasiliensis", "ATCC 16404", "aerobic", 42.7, 4.1),
    Strain("Cutibacterium acnes", "ATCC 11827", "anaerobic", 92.5, 8.4),
    Strain("Staphylococcus epidermidis", "ATCC 12228", "aerobic", 18.9, 2.6),
    Strain("Escherichia coli", "ATCC 8739", "aerobic", 12.6, 1.9),
)


@dataclass(frozen=True, slots=True)
class Bottle:
    """One inoculated bottle, and the tube of the same suspension that was read by eye for 14 days."""

    number: int
    strain: Strain
    matrix: str
    level: int
    hours: float | None
    days: int | None


def annexes() -> str:
    """Give the annexes as Markdown, each with its table behind its text."""
    parts = (FOLDER / TEXTS / "SOP-029.annexes.md").read_text("utf-8").split("\n## ")
    tables: dict[str, Callable[[], Iterator[list[str]]]] = {
        "A": _promotion,
        "B": _specificity,
        "C": _bottles,
        "D": _detection,
        "E": _ruggedness,
    }
    return "".join(f"\n## {part.rstrip()}\n\n{_table(tables[part[6]]())}" for part in parts[1:])


@cache
def challenge() -> tuple[Bottle, ...]:
    """Give every challenge bottle of the validation, in the order of loading."""
    chance = random.Random(SEED)  # noqa: S311 - measured values, no secret
    found: list[Bottle] = []
    for strain in STRAINS:
        for matrix in MATRICES:
            for level in LEVELS:
                for _ in range(REPLICATES):
                    hours = _normal(chance, strain.hours, 0.06) * (1 - 0.03 * LEVELS.index(level))
                    days = max(1, round(_normal(chance, strain.days, 0.14)))
                    # Where one CFU is the mean, 37 bottles in a hundred hold none (Poisson), and no method finds it.
                    seen = [chance.random() > exp(-level) for _ in range(2)]
                    found.append(
                        Bottle(len(found) + 1, strain, matrix, level, hours if seen[0] else None, days if seen[1] else None)
                    )
    return tuple(found)


def bounds(found: int, tried: int) -> tuple[float, float]:
    """Give the exact (Clopper-Pearson) confidence interval of a fraction."""
    tail = (1 - CONFIDENCE) / 2
    low = 0.0 if found == 0 else _where(lambda p: 1 - _at_most(found - 1, tried, p), tail)
    high = 1.0 if found == tried else _where(lambda p: 1 - _at_most(found, tried, p), 1 - tail)
    return low, high


def difference(one: int, other: int, tried: int) -> tuple[float, float]:
    """Give how much larger the first fraction is, and the lower limit of that (Newcombe's score method)."""
    first, second = one / tried, other / tried
    low, high = _score(one, tried)[0], _score(other, tried)[1]
    return first - second, first - second - ((first - low) ** 2 + (high - second) ** 2) ** 0.5


def _score(found: int, tried: int) -> tuple[float, float]:
    z = NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / 2)
    share, spread = found / tried, z * z / tried
    half = z * (share * (1 - share) / tried + spread / (4 * tried)) ** 0.5
    return (share + spread / 2 - half) / (1 + spread), (share + spread / 2 + half) / (1 + spread)


def _at_most(found: int, tried: int, chance: float) -> float:
    return sum(comb(tried, k) * chance**k * (1 - chance) ** (tried - k) for k in range(found + 1))


def _where(rising: Callable[[float], float], wanted: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < wanted else (low, middle)
    return low


def _normal(chance: random.Random, middle: float, share: float) -> float:
    return NormalDist(middle, middle * share).inv_cdf(min(max(chance.random(), 0.002), 0.998))


def _promotion() -> Iterator[list[str]]:
    yield ["Organism", "Source", "Bottle", "Plate counts (CFU)", "Mean (CFU)", "Positive", "Latest signal (h)", "Result"]
    chance = random.Random(SEED + 1)  # noqa: S311 - measured values
    for strain in STRAINS:
        counts = [round(_normal(chance, 48, 0.17)) for _ in range(3)]
        hours = max(_normal(chance, strain.hours * 0.91, 0.04) for _ in range(6))
        yield [strain.name, strain.source, strain.bottle, ", ".join(map(str, counts)), f"{mean(counts):.1f}", "6 of 6",
               f"{hours:.1f}", "passes" if hours <= DAYS * 24 and mean(counts) <= 100 else "fails"]  # fmt: skip


def _specificity() -> Iterator[list[str]]:
    yield [
        "Matrix",
        "Bottle",
        "Reader",
        "Bottles without inoculum",
        "Signals in 7 days",
        "Upper 95 % limit of the false signal rate",
    ]
    for matrix in MATRICES:
        for bottle in ("aerobic", "anaerobic"):
            for reader in READERS:
                yield [matrix, bottle, reader, str(NEGATIVES), "0", f"{100 * bounds(0, NEGATIVES)[1]:.1f} %"]


def _bottles() -> Iterator[list[str]]:
    yield ["No.", "Organism", "Matrix", "Nominal CFU", "Reader: signal (h)", "Compendial: growth (day)"]
    for one in challenge():
        hours = "none in 7 d" if one.hours is None else f"{one.hours:.1f}"
        yield [f"V-{one.number:04}", one.strain.short, one.matrix, str(one.level), hours,
               "none in 14 d" if one.days is None else str(one.days)]  # fmt: skip


def _detection() -> Iterator[list[str]]:
    yield ["Organism", "CFU", "Reader", "95 % interval", "By eye", "Gain (lower limit)", "Mean ± SD (h)", "Not inferior"]
    for level in LEVELS:
        for strain in STRAINS:
            yield _compared(
                strain.short, str(level), [one for one in challenge() if one.strain == strain and one.level == level]
            )
        yield _compared("All", str(level), [one for one in challenge() if one.level == level], hours=False)


def _compared(name: str, level: str, rows: list[Bottle], *, hours: bool = True) -> list[str]:
    seen = [one.hours for one in rows if one.hours is not None]
    by_eye = sum(one.days is not None for one in rows)
    low, high = bounds(len(seen), len(rows))
    gain, least = difference(len(seen), by_eye, len(rows))
    return [name, level, f"{len(seen)} of {len(rows)}", f"{100 * low:.1f} to {100 * high:.1f} %", f"{by_eye} of {len(rows)}",
            f"{100 * gain:+.1f} ({100 * least:+.1f}) %", f"{mean(seen):.1f} ± {stdev(seen):.1f}" if hours else "not pooled",
            "yes" if least > -MARGIN else "see All"]  # fmt: skip


def _ruggedness() -> Iterator[list[str]]:
    yield [
        "Organism",
        "Analyst",
        "Reader",
        "Session 1 (h)",
        "Session 2 (h)",
        "Session 3 (h)",
        "Mean (h)",
        "SD (h)",
        "CV (%)",
    ]
    chance = random.Random(SEED + 2)  # noqa: S311 - measured values
    for strain in STRAINS:
        for analyst in ("1", "2", "3"):
            for reader in READERS:
                hours = [round(_normal(chance, strain.hours, 0.05), 1) for _ in range(3)]
                yield [strain.short, analyst, reader, *(f"{one:.1f}" for one in hours), f"{mean(hours):.1f}",
                       f"{stdev(hours):.2f}", f"{100 * stdev(hours) / mean(hours):.1f}"]  # fmt: skip


def _table(rows: Iterator[list[str]]) -> str:
    head = next(rows)
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)

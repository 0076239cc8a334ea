"""How long it takes to compare the demo company with its approved state, and with one file of its configuration edited.

`python -m tests.bench.drift` loads the company into the home that INDELIBLE_HOME names, compares, and prints one JSON line for each row.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from dataclasses import asdict

import django

django.setup()

from django.conf import settings  # noqa: E402 - Django is ready only now

from indelible.assurance.drift import following  # noqa: E402
from indelible.project.demo import loading  # noqa: E402
from tests.bench import pages  # noqa: E402
from tests.bench.scale import Row, Scale  # noqa: E402


def main() -> None:
    scale = Scale(**json.loads(os.environ["INDELIBLE_BENCH"]))
    if not loading.is_loaded():
        loading.load(settings.HOME, say=pages.tell)
    if found := following.check().findings:
        sys.exit(f"the company differs from what was approved a moment ago: {found[:3]}")
    print(json.dumps(asdict(measured("drift, as approved", scale))), flush=True)
    policies = settings.HOME.configuration / "policies.yaml"
    kept = policies.read_text("utf-8")
    try:
        print(
            json.dumps(
                asdict(measured("drift, a file edited", scale, lambda n: policies.write_text(f"{kept}# {n}\n", "utf-8")))
            ),
            flush=True,
        )
    finally:
        policies.write_text(kept, "utf-8")


def measured(name: str, scale: Scale, before: object = None) -> Row:
    """Compare several times; `before` is called with the count of each, so that no reading of the folder is known from the last."""
    took = []
    for count in range(max(5, scale.visits // 4)):
        if callable(before):
            before(count)
        began = time.perf_counter()
        following.check()
        took.append((time.perf_counter() - began) * 1000)
    low, middle, high = statistics.quantiles(took, n=4)
    return Row(name, "drift", middle, low, high, None, f"ms, median of {len(took)}")


if __name__ == "__main__":
    main()

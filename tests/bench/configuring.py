"""How long a plan of the configuration takes in the demo company, read anew from its folder.

`python -m tests.bench.configuring` loads the demo company into the home that INDELIBLE_HOME names and prints one JSON line.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from dataclasses import asdict

import django

django.setup()

from django.conf import settings  # noqa: E402 - Django is ready only now

from indelible.assurance.configuration import loader, planning, proposals  # noqa: E402
from indelible.project.demo import loading  # noqa: E402
from tests.bench.scale import Row, Scale  # noqa: E402


def main() -> None:
    scale = Scale(**json.loads(os.environ["INDELIBLE_BENCH"]))
    if not loading.is_loaded():
        loading.load(settings.HOME, as_of=None, say=lambda _: None)
    policies = settings.HOME.configuration / "policies.yaml"
    text = policies.read_text("utf-8")
    took, work = [], 0.0
    for turn in range(max(scale.visits // 4, 3)):
        policies.write_text(text.replace("idle_minutes: 15", f"idle_minutes: {16 + turn}"), "utf-8")
        loader._parsed.cache_clear()  # as a command does it, which begins without anything read
        proposals._read.cache_clear()
        began, worked = time.monotonic(), time.process_time()
        found = planning.plan(proposals.of_folder(settings.HOME.configuration))
        took.append(time.monotonic() - began)
        work = time.process_time() - worked
        assert [one.key for one in found.changes] == ["policies.idle_minutes"]
    policies.write_text(text, "utf-8")
    low, middle, high = statistics.quantiles(took, n=4)
    print(
        json.dumps(
            asdict(
                Row(
                    "plan of the demo company, s",
                    "plan",
                    middle,
                    low,
                    high,
                    None,
                    f"folder read anew; {work:.1f} s of one core",
                )
            )
        ),
        flush=True,
    )


if __name__ == "__main__":
    main()

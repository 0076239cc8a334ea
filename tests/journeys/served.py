"""What the journeys' server serves: the product's own application; as the product does it, it follows a simulated clock."""

from __future__ import annotations

import importlib
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "indelible.project.settings")
django.setup()  # models can be imported from here on

application = importlib.import_module("indelible.project.serving").application()

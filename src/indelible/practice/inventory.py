"""The only place that says which entry of the inventory of systems is this installation (docs/decisions/0041)."""

from __future__ import annotations

SYSTEM = "gxp_system"
THIS = "SYS-001"  # the first entry, in every installation

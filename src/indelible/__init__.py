"""Indelible, an electronic quality management system. This file is the only place that states its version."""

__version__ = "0.1.0"

"""Whom the providers of the tests know, and how they know this installation."""

from __future__ import annotations

SUBJECTS = ("ann-there", "bea-there", "qua-there", "stranger")
PASSWORD = "a password of the provider"
CLIENT, SECRET = "indelible", "a secret between the two"

"""Suppliers: who they are, what speaks for them, on what terms they may be used, and what they answer."""

"""Commitments: what was promised to an authority, a partner or a notified body, by when, and the proof that it was kept."""

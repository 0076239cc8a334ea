"""Template tags and filters of the web face: how values look, never what they mean."""

"""Properties: what must hold for every declared type, state, act and person."""

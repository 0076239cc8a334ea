"""This installation as a record: genesis, baselines, clock, validated state."""

"""What must hold between the parts of a configuration, beyond the shape of each: names, lifecycles, invariants, people."""

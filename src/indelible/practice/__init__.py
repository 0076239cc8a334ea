"""Quality mechanics that several modules share: no types, no writes."""

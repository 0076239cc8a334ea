"""Training: who must know what, who was trained on which revision, and what nobody does untrained."""

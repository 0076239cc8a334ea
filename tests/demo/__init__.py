"""What the demonstration company promises: its documents, its history, and what happens as its time passes."""

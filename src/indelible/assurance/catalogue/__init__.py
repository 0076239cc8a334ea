"""The catalogue: what regulations and the guide ask for, what this product must do for it, and what could go wrong."""

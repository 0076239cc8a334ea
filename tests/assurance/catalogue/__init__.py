"""The catalogue: how it is read, rated, traced, and what ships."""

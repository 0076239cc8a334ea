"""Actions: one piece of work with a date and somebody who does it, belonging to another record."""

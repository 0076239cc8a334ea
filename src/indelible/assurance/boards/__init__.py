"""The boards: how far it is shown what rules and the guide ask for, whose each duty is, and what an inspector asks. Reads alone."""

"""Systems and their validation: inventory, requirements, scripts, runs, and what went otherwise than expected."""

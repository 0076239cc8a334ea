"""The only place that says that the machine lacks something that a script needs: such a script is skipped, and a skip is a gap."""


class Absent(Exception):
    """What is missing, in words."""

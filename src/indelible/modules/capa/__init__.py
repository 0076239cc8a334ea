"""Corrective and preventive actions: a cause is removed, and it is measured later whether that worked."""

"""How a script works on the copy from outside: HTTP, SQL, PDF, command line. Nothing in here imports anything of the product.

What the product says of itself proves nothing; so scripts and everything that they use read what a stranger could read.
`Site` is the copy as people and programs reach it, `Database` its tables as plain SQL reads them, `browser` a real Chromium,
`Own` a home of a script's own.
"""

from .absent import Absent
from .own import Own
from .rows import Database
from .site import Site

__all__ = ["Absent", "Database", "Own", "Site"]

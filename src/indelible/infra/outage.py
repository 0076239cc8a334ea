"""The only place that tells what the machine cannot do now from what we did wrong: a full disk, a database that is away.

The sentence goes to people; what the driver said goes to the log.
"""

from __future__ import annotations

import errno
import sqlite3

from django.db import InterfaceError, OperationalError

RETRY_SECONDS = 5
FULL = "The disk is full: nothing can be written until there is room, and nothing of this was. What is stored can be read."
AWAY = "The database does not answer at this moment; what was not confirmed was not saved."
UNWRITABLE = "The disk cannot be written at this moment: nothing of this was saved. What is stored can be read."
BUSY = "The database is too busy at this moment; what was not confirmed was not saved."
_FULL_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_SICK_DISK = frozenset({errno.EIO, errno.EROFS})
_OF_SQLITE = {
    sqlite3.SQLITE_FULL: FULL, sqlite3.SQLITE_IOERR: UNWRITABLE, sqlite3.SQLITE_READONLY: UNWRITABLE,
    sqlite3.SQLITE_CANTOPEN: UNWRITABLE, sqlite3.SQLITE_BUSY: BUSY, sqlite3.SQLITE_LOCKED: BUSY,
}  # fmt: skip
_OF_POSTGRES = {"53100": FULL, "53200": BUSY, "53300": BUSY, "55P03": BUSY, "40P01": BUSY, "58030": UNWRITABLE}


def words(problem: BaseException | None) -> str | None:
    """Say in a sentence what cannot be done now and that it is nobody's mistake; None for anything else."""
    if isinstance(problem, OperationalError | InterfaceError):
        cause = problem.__cause__
        code = getattr(cause, "sqlite_errorcode", None)
        if code is not None:
            # A table that is missing is an OperationalError, too: that is a defect or a wrong schema, and no outage.
            return _OF_SQLITE.get(code & 0xFF)
        return _OF_POSTGRES.get(str(getattr(cause, "sqlstate", None)), AWAY)
    if isinstance(problem, OSError) and not isinstance(problem, ConnectionError):
        return FULL if problem.errno in _FULL_DISK else UNWRITABLE if problem.errno in _SICK_DISK else None
    return None

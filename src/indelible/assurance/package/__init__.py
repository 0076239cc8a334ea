"""The validation package: from the facts of one qualification, the documents, the binder, and what speaks against approval.

Two names are its public face: fill `facts.Facts`, call `writing.write`. Nothing here asks the database or the clock, so
the same facts give the same bytes.
"""

"""The validation package, made of facts of an invented company."""

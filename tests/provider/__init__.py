"""Identity providers for the tests of single sign-on: a real one from its package, and one that lies."""

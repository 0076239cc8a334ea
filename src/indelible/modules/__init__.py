"""The modules: folders of declarations with their rules, found by the project."""

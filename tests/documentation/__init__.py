"""The documentation as a product: reference pages made from the source, the site, commands that are run, pictures."""

"""How the product is qualified: scripts, the disposable copy, the examination of an installation."""

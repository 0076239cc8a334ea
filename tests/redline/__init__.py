"""What the redline promises: it finds what changed, invents nothing, and both sides can be read out of it again."""

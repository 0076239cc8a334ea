"""Reads, checks and assembles the folder of configuration that a company owns; the running system reads baselines only."""

"""Registers that other records link to: company, department, site, product, process, study, lot, equipment."""

"""The demo company: invented people and procedures, loaded through the door under a declared simulated clock."""

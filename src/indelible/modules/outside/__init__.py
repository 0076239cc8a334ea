"""Outside contributions: what somebody of another company is asked, the only record that they see."""

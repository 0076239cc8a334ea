"""Changes: assessed and approved before they are made, verified afterwards."""

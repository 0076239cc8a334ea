"""Access reviews: who may do what in a system on a day, decided line by line by people who are not concerned."""

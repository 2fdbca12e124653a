"""The history of the tables: one line of it, literals frozen."""

"""The story that `make demo` seeds: a coatings brand, its dealers, sub-dealers and outlets."""

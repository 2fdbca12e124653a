"""The measured rows, one file for each kind: pages, execution, order, live, start."""

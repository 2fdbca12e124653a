"""A desk with a million orders: its data, and what a clerk may look for in it."""

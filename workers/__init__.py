"""Time: what happens later, again, or on a clock."""

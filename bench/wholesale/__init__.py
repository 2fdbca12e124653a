"""Real wholesale history, replayed: read the rows, plan the orders, set the mall up, play them, settle the account."""

"""The data that is measured on: one brand, its dealers, a catalogue, prices, stock and old orders, built by COPY.

sizes.py      how much of it
goods.py      the catalogue's rows
trade.py      companies, members, sessions, relations, prices, stock
history.py    orders that were placed and closed long ago
build.py      a database of the embedded server, built once and cloned for each run
world.py      what a load needs to know of it: ids and access tokens
"""

"""A small Kota Cilegon to run against: people, punches with planted truth, terminals that speak the wire protocol.

Known only to the `hadir` command, tests and benchmarks; it imports no other room, so that what it plants is no echo
of what the machine computes.
"""

"""Measured claims: what is replayed or timed, each beside its limit. Everything here talks to the mall as a client."""

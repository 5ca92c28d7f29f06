"""Attacks on a running service, each in a file of its own with a function `attack(target)`.

`python -m tests.attacks --home .memstore` runs them all against the service that serves this home, or those that are
named, and prints which held. The suite runs each against a process tree that other end-to-end tests use as well.
"""

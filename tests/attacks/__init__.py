"""Attacks on a running service, each in a file of its own with a function `attack(target)`.

`python -m tests.attacks --home .memstore` runs them all, or those that are named, against the service that serves this
home, and prints which held. The suite runs each against a process tree of its own.
"""

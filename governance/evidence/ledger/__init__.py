"""The protective ledger: protections recorded with their effect, shipped to a chained file, and replayed at start.

It holds what a restored backup must never take back.
"""

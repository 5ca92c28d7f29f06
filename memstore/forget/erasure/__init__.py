"""Erasure (Art. 17) as recorded steps: restrict, plan, approve, tombstone, shred, delete, scan, certify."""

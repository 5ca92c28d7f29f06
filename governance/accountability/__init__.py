"""Reports from the audit trail: accesses, anomalies, breaches, disclosures, and records of processing.

All times are UTC and half-open: [since, until). Each report is on the record itself.
"""

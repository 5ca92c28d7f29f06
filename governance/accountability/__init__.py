"""Reports from the audit trail: who read whom, what stands out, breaches, disclosures, records of processing.

All times are UTC and half-open: [since, until). Each report is on the record itself.
"""

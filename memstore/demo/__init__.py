"""Demo data: three months of a fictional bank's assistant, with 60 fictional people and its staff.

All of it is made by the use cases that every caller uses, so it is decided by policy and on the record. The record says
when that really was: today. Other rows are then set back to the day that they are about (`backdate`).
"""

"""Three months in the life of the demo tenant: 60 fictional people of a bank's assistant, and its staff.

Told by the use cases that everybody calls, so all of it is decided by policy and on the record. The record says when
that really was: today. Other rows are then set back to the day that they tell of (`backdate`).
"""

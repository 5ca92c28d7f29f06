"""The front: an ASGI application before Django that reads requests whole, within limits, before a thread is taken.

A client that is not authenticated costs a connection and a few kilobytes until its request is complete. See
docs/adr/0027.
"""

"""The front: an ASGI application before Django that reads requests whole, within limits, before a thread is taken.

A stranger costs a connection and a few kilobytes until a request is complete. See docs/adr/0027.
"""

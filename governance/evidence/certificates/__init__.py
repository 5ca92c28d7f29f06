"""Certificates of erasure: what they say, how they are signed, and how an outsider checks them."""

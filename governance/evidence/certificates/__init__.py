"""Certificates of erasure: what they state, how they are signed, and how an outsider checks them."""

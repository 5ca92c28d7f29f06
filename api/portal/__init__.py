"""The portal, the person's own page under /portal/: without a script or an account, by a link that opens once."""

"""The page of the remembered person, under /portal/: without a script or an account, by a link that opens once."""

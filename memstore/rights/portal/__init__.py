"""Portal of the remembered person: what they see of themselves, and what they do about it, as `Role.SUBJECT`."""

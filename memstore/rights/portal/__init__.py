"""What the remembered person sees of themselves, and what they do about it. Each acts as `Role.SUBJECT`."""

"""Rights of the person: requests with their clocks, verification and refusal (GDPR Art. 12 to 22)."""

"""Copies of what is kept (Art. 15, Art. 20): made on demand, streamed, and never stored."""

"""Portal of the person: links that open it, sittings, and proof of the person's identity."""

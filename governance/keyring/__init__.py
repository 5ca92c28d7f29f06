"""Keys and identities: the only package that handles key material. Import its modules lazily."""

"""Keys and identities: the only package that touches any key. Import its modules' public names from here lazily."""

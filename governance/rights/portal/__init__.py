"""The portal of the remembered person: how it opens, who sits there, and how it is known that it is really them."""

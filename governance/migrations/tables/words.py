"""Closed vocabularies as choices, each word with its label: the words as they stood when the tables were made."""


def words(text: str) -> list[str]:
    return text.split()


def plain(text: str) -> list[tuple[str, str]]:
    """Choices labelled by the words themselves, with spaces for underscores."""
    return [(word, word.replace("_", " ")) for word in text.split()]


def titled(text: str) -> list[tuple[str, str]]:
    """Choices labelled as Django's TextChoices labels them."""
    return [(word, word.replace("_", " ").title()) for word in text.split()]


def same(text: str) -> list[tuple[str, str]]:
    """Choices labelled by the words as they are."""
    return [(word, word) for word in text.split()]

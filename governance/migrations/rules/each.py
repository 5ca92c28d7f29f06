"""Statements for several tables."""


def each(tables: str, *statements: str) -> tuple[str, ...]:
    """The statements for each of the tables, whose full name stands for {}."""
    return tuple(statement.format(f"governance_{table}") for table in tables.split() for statement in statements)

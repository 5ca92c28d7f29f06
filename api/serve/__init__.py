"""`python -m api.serve`: database, web, worker and scheduler as one process tree (DESIGN section 13)."""

"""The process tree of `python -m api.serve`: database, web, worker and scheduler (DESIGN section 13)."""

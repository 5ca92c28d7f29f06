"""What a restored backup must never take back: noted with its effect, shipped to a chained file, replayed at start."""

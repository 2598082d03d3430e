"""Other systems against the same mock engine."""

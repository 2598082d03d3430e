"""A mock continuous-batching engine and the raw limit it allows."""

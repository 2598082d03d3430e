"""The shared words of Ingot: records, orders, errors, settings, datasets, engine."""

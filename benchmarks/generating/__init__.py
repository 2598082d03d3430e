"""The parts of `benchmarks.generation`."""

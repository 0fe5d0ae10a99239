"""The backpressure family."""

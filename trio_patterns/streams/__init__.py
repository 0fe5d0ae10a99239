"""The streams family."""

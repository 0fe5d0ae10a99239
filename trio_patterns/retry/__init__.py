"""The retry family."""

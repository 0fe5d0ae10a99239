"""The shutdown family."""

"""The spawning family."""

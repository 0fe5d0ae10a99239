"""The traits family."""

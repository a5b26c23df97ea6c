"""One command a file; nothing heavy is imported before a command runs."""

"""The command line, and nothing else: it imports every room, and no room imports it."""

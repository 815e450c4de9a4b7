"""What must happen sooner or later: runs without end that a fair network allows."""

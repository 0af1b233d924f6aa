"""What fits, in the order the model reads it."""

"""The shapes of the wire: what comes in is checked, what goes out is listed name by name."""

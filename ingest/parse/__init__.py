"""Documents into blocks with offsets, each parse in a process with limits."""

"""The machines behind the ports of this room."""

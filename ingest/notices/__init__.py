"""Tell programs elsewhere what happened to flags, pages and runs."""

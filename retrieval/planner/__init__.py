"""The choice between snippets and whole documents, priced and explained."""

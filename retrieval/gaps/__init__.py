"""What is asked and not answered: questions by topic, and the topics that lack a page."""

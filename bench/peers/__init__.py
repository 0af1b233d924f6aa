"""The same pages, model and questions through Punnet and through what people use today."""

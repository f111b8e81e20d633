"""The knowledge base: articles agents look up, in three languages."""

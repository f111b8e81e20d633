"""How the exchange says things: from what is meant (``parts``) to the prompts that say it
(``sentence``), by each language's own grammar (``english``, ``persian``, ``arabic``)."""

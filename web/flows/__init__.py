"""The console's flows: drawn as a graph, edited, tried out."""

"""Self-diagnosis: facts from the daemons' links, pure checks, history, figures, bundle."""

"""The set-up wizard: from the first sign-in to an office that can be called."""

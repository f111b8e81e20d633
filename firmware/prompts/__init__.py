"""What the exchange says on the telephone: the catalogue of its prompts, and the voice that
speaks them at set-up. How prompts make a sentence is ``firmware.model.speech``."""

"""Analogue ports: FXO (hears ringing) and FXS (makes it), as a DAHDI card offers them."""

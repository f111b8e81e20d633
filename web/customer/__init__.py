"""The customer system: who a number is there, and which page shows them."""

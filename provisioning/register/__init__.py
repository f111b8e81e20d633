"""What the box keeps of telephones: who asked, who was adopted, tokens, firmware, overrides."""

"""How telephones get their files: one desk that decides, and HTTP, HTTPS and TFTP in front."""

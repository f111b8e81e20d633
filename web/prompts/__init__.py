"""The console's prompts: what the exchange says, heard and replaced."""

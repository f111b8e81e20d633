"""Rules of single sections: what the schema cannot say of them."""

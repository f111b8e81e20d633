"""What tests drive the box with: the box itself, real telephones, and ears that measure."""

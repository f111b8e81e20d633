"""What runs on the box and decides."""

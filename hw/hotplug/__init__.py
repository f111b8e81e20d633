"""What is plugged into the box's USB: serial ports that come and go, and their power."""

"""The guest of the QEMU bench: how it is built, what it starts, and the USB devices it has."""

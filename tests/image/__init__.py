"""The image as its buyer starts it: the built disk in QEMU, with telephones outside."""

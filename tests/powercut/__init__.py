"""The power cut: an office in a guest whose disk's every write is logged, the log cut at random
places, and what is found on the disk after the repair held against what had been promised."""

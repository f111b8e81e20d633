"""The box as a whole: its first configuration, its processes, its start and its end."""

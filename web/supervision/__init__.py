"""Supervision: queues and agents as they are, orders about them, and the wallboard."""

"""How the machine is: heat, throttling, the wear and the errors of its disks."""

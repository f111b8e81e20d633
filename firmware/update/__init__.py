"""Updates: bundles found, fetched and written into the other slot; the switch, the trial, the way
back; and the configuration and the store brought along both ways."""

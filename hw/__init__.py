"""How each physical thing is spoken to. Knows no telephony policy and imports nothing of ours
from outside ``hw``."""

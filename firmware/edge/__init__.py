"""The edge's keeper: Kamailio's databases, its launch, and who is registered.

Kamailio itself is configured in ``image-build/kamailio``; here is the Python around it.
"""

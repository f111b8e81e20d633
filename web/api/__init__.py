"""The API for programs: ``/api/v1``, described by the OpenAPI document it serves itself."""

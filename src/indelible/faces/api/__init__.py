"""The interface for programs: HTTP under /api/v1, and the probes of whoever runs the server."""

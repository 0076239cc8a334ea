"""The faces: web, API and command line. They parse, call the kernel, and show."""

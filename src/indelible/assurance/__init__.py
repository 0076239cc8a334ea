"""What is proven about this installation: verification, renditions, checks. It reads, and acts only through the door."""

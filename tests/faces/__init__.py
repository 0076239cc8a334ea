"""The faces, each as its users meet it."""

"""The company's certification to FDA that its electronic signatures bind as handwritten ones do (21 CFR 11.100(c))."""

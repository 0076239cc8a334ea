"""An independent reading of what PDF/A-3a and PDF/UA-1 ask of a file, and every kind of PDF of the product held against it."""

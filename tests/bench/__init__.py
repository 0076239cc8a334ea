"""What an audited change costs against other ways of keeping a trail (`make bench`, `python -m tests.bench`)."""

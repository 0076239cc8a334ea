"""What management reviews of a period, as of its end: figures and lists, on paper and as a workbook (ICH Q10 4.1)."""

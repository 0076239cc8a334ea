"""Departures from what is laid down: reported by anybody, judged, investigated, closed by Quality."""

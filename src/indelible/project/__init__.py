"""The only place that knows everything: settings, addresses, wiring, installation."""

"""The composition root: configuration, processes, health, metrics, logs. The only room that reads the
environment and that knows all the others."""

"""The composition root: configuration, supervision, health, metrics, logs."""

"""One folder a task: settings, data, loss and what the trainer calls (``inchify.types.Task``)."""

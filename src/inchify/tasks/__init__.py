"""One folder a task: settings, data, loss and the class that the trainer calls
(``inchify.types.Task``).
"""

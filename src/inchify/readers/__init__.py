"""Pictures in, predictions out: what every verb that reads pictures calls."""

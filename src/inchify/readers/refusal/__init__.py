"""Whether a picture shows a molecule at all."""

"""Files written whole or not at all, and folders of tensors with checksums."""

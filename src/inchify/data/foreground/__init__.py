"""Dark strokes on white from coloured, uneven or framed pictures."""

"""Dark strokes on white from colored, uneven or framed pictures."""

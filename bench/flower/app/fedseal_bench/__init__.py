"""The Flower side of the comparison with Fedseal."""

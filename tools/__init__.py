"""Programs of the workshop: they make what the package ships and are no part of it."""

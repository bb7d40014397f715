"""Programs that are measured: ours and what people would use instead, each run in a fresh process."""

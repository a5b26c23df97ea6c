"""What a hostile submission can try, as data, and proof from outside that it came to nothing."""

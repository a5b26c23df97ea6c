"""Other ways to train the same models on the same data, to be beaten fairly."""

"""One trained network in every form that a student may send it in, each really run and judged."""

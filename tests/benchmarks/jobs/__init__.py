"""What the benchmarks run in processes of their own; each function returns what JSON can hold."""

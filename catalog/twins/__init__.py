"""The catalog's pages in other forms: each module writes one, and knows nothing of HTTP."""

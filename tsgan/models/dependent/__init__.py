"""Assets that move exactly as others do: found before a fit, left out of it, and restored in every path."""

"""jielong (接龍, the word-chain game): the library behind the book. Everything a lesson shows is computed here or in its cells."""

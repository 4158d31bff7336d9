"""jielong (接龍, the word-chain game): the library behind the book."""

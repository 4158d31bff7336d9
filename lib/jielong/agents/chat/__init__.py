"""Chat models behind one interface: SmolLM2 on this machine, a server, or replies that were recorded."""

"""python -m jielong.pretrained: prepare the cache, and say what is done."""

from jielong.pretrained import minilm, smollm2

smollm2.main()
minilm.main()

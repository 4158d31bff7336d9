"""Looking inside a model: one file per method, on the two verbs of `jielong.sites`, trace and intervene."""

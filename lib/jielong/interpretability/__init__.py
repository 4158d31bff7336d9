"""Looking inside a model: two verbs, `trace` and `intervene`, over one table of sites; then one file per method."""

from jielong.interpretability.sites import Site, Trace, advance, intervene, resume, sites, trace

__all__ = ["Site", "Trace", "advance", "intervene", "resume", "sites", "trace"]

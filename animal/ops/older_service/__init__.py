"""Bringing in the people, pets and printed tags of the service before ours, from what its `dumpdata` wrote."""

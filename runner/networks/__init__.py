"""The image classifiers of the paper's experiments, in their forms for small images.

One architecture a file; :mod:`runner.networks.catalogue` builds them by name.  Everything here
but the catalogue needs torch.
"""

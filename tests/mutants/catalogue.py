"""Every mutant."""

from catalogue_published import PUBLISHED
from catalogue_repaired import REPAIRED
from mutation import Mutant

MUTANTS: tuple[Mutant, ...] = (*PUBLISHED, *REPAIRED)
"""All of them, by the files that they change."""

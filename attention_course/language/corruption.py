"""How tokens were hidden, as probabilities: what a reader who knows the recipe can infer from what is still visible.

Nothing is hidden in here; this module only describes the recipe.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attention_course.language.vocabulary import MASK


@dataclass(frozen=True)
class Corruption:
    """A recipe: each token is selected independently, and a selected token is masked, kept or replaced.

    Attributes:
        probability: that a token is selected.
        mask: share of the selected tokens that become [MASK].
        random: share of the selected tokens replaced by a token drawn uniformly from the whole vocabulary, special
            tokens and the token itself included. What remains is kept as it was.
    """

    probability: float = 0.15
    mask: float = 0.8
    random: float = 0.1

    def __post_init__(self) -> None:
        shares = (self.probability, self.mask, self.random, self.mask + self.random)
        if not all(0 <= share <= 1 for share in shares):
            raise ValueError(f"the shares of a corruption lie between 0 and 1, these do not: {self}")

    @property
    def keep(self) -> float:
        """Share of the selected tokens that stay as they were."""
        return max(0.0, 1 - self.mask - self.random)

    def of_selected(self, vocabulary_size: int) -> np.ndarray:
        """(s, s) probability of seeing the column's token where the row's token was selected."""
        seen = np.full((vocabulary_size, vocabulary_size), self.random / vocabulary_size)
        seen[:, MASK] += self.mask
        seen[np.diag_indices(vocabulary_size)] += self.keep
        return seen

    def of_any(self, vocabulary_size: int) -> np.ndarray:
        """(s, s) probability of seeing the column's token where the row's token was, selected or not.

        A word that stands in the text may be the original or a random replacement; both are counted.
        """
        seen = self.probability * self.of_selected(vocabulary_size)
        seen[np.diag_indices(vocabulary_size)] += 1 - self.probability
        return seen


MASK_ONLY = Corruption(mask=1.0, random=0.0)
"""Every selected token becomes [MASK]."""

BERT = Corruption()
"""80 % [MASK], 10 % a random token, 10 % kept (Devlin et al. 2019, section 3.1)."""

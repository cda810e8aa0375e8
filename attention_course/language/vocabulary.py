"""The numbers of the special tokens, the same for the small language and for the learner's own text.

A vocabulary is a dict from token to number whose first five entries are these, in this order.
"""

SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
PAD, UNK, CLS, SEP, MASK = range(5)

IGNORED = -100
"""The label of a position that does not count in the loss, as in torch.nn.functional.cross_entropy."""


def with_specials(tokens: list[str]) -> dict[str, int]:
    """The vocabulary of these tokens, numbered in their order after the special ones.

    >>> with_specials(["cake", "pie"])["pie"]
    6
    """
    return {token: number for number, token in enumerate([*SPECIAL_TOKENS, *tokens])}

"""A WordPiece vocabulary for real text, trained with the `tokenizers` library."""

from __future__ import annotations

from collections.abc import Iterable

from attention_course.language.own_text import TextError, split_words
from attention_course.language.vocabulary import SPECIAL_TOKENS, with_specials

MINIMUM = 200


def train_vocabulary(sentences: Iterable[str], size: int = 4000) -> dict[str, int]:
    """Word pieces that write these sentences with few tokens; pieces inside a word start with ##.

    Args:
        sentences: of the text; they are cut into words by `split_words`.
        size: of the vocabulary at most, the special tokens included. A short text yields fewer.

    Returns:
        dict from piece to number: the special tokens first, then pieces in alphabetical order. The same sentences
        give the same vocabulary.

    Raises:
        TextError: no words to train on, or a size too small for the letters of the text.
    """
    words = [[word for word in split_words(sentence) if word != "[MASK]"] for sentence in sentences]
    pieces = {piece for sentence in words for word in sentence for piece in (word[0], *("##" + c for c in word[1:]))}
    if not pieces:
        raise TextError("there are no words to train a vocabulary on. Did the text hold any sentences?")
    least = max(MINIMUM, len(SPECIAL_TOKENS) + len(pieces))
    if size < least:
        raise TextError(f"a vocabulary of {size} is too small: this text needs at least {least} pieces.")
    return with_specials(sorted(_trained(words, sorted(pieces), size) - set(SPECIAL_TOKENS)))


def _trained(words: list[list[str]], letters: list[str], size: int) -> set[str]:
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    # Letters are given as special tokens: the trainer numbers them otherwise in the order of a hash table, which
    # changes from run to run and with it the ties between equally frequent pairs.
    special = [*SPECIAL_TOKENS, *letters]
    trainer = trainers.WordPieceTrainer(vocab_size=size, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator((" ".join(sentence) for sentence in words), trainer)
    return set(tokenizer.get_vocab())

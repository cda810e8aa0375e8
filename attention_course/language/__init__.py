"""The data of notebook 04: a small language whose best possible prediction is known, and the learner's own text.

- `small_language`: sentences and documents, made by `lexicon`, `grammar` and `machine`.
- `exact`: the lowest loss that any model can reach, with `corruption` and `messages`.
- `baselines`: what simple models reach on the same data.
- `agreement`: where subject, verb and the noun between them stand.
- `corpus`: batches for training.
- `own_text`, `machine_english`, `wordpieces`: real text, and a vocabulary for it.
"""

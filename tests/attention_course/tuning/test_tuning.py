"""Around fine-tuning: the lent body, whose body is taken, tasks with their limits, and the loop."""

import json

import numpy as np
import pytest
import torch
from torch import nn

from attention_course import tuning
from attention_course.language.agreement import agreement
from attention_course.language.named_grammar import TAGS
from attention_course.language.named_language import NamedLanguage
from attention_course.language.small_language import SmallLanguage
from attention_course.tuning import naming, pretraining, texts
from autograder.exam.reference import reference, source_notebook

SIZES = {"vocab_size": 40, "max_position_embeddings": 12, "hidden_size": 8, "intermediate_size": 16}
EARLIER = "04_masked_language_model"


@pytest.fixture(scope="module")
def languages():
    return SmallLanguage(), NamedLanguage()


def beside(tmp_path, change=lambda text: text):
    """The folder of a notebook 05 beside a solved notebook 04."""
    folder = tmp_path / EARLIER
    folder.mkdir()
    notebook = json.loads(source_notebook(EARLIER).read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = change("".join(cell["source"]))
    (folder / f"{EARLIER}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    return tmp_path / "05_fine_tuning"


def test_the_lent_body_is_the_bert_of_notebook_04():
    sizes = {**SIZES, "num_hidden_layers": 2, "num_attention_heads": 4, "hidden_dropout_prob": 0.0}
    lent = tuning.LentBody(**sizes).eval()
    theirs = reference(EARLIER, "BertModel")(reference(EARLIER, "BertConfig")(**sizes)).eval()
    theirs.load_state_dict(lent.state_dict())
    mask = (torch.arange(9) < torch.tensor([[9], [4]])).long()
    batch = torch.randint(40, (2, 9)), torch.zeros(2, 9, dtype=torch.int64), mask
    for mine, other in zip(lent(*batch), theirs(*batch), strict=True):
        real = mask == 1 if mine.ndim == 3 else slice(None)
        assert torch.allclose(mine[real], other[real], atol=1e-5)


def test_ones_own_body_is_taken_and_named(tmp_path, capsys):
    make = tuning.a_body(beside(tmp_path))
    assert capsys.readouterr().out == "BertModel: using your BertModel of notebook 04.\n"
    assert type(make(**SIZES)).__name__ == "BertModel"


EMBEDS = "states = self.embeddings(input_ids, token_type_ids)"
MASKS = "src_key_padding_mask=attention_mask == 0"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "src_key_padding_mask=attention_mask == 0",
            "src_key_padding_mask=None",
            "does not give the numbers of a BERT",
        ),
        ("torch.tanh(self.pooler", "torch.relu(self.pooler", "does not pool as a BERT"),
        ("class BertModel(nn.Module)", "class Other(nn.Module)", "is not there or does not run"),
        (
            "states = self.embeddings(input_ids, token_type_ids)",
            "raise NotImplementedError()",
            "is still to be written",
        ),
        (EMBEDS, "raise KeyError('x')", "stops with KeyError"),
        ("self.pooler = nn.Linear", "self.poler = nn.Linear", "stops with"),
    ],
)
def test_a_wrong_body_is_not_taken_and_one_line_says_why(tmp_path, capsys, old, new, told):
    make = tuning.a_body(beside(tmp_path, lambda text: text.replace(old, new)))
    said = capsys.readouterr().out
    assert make is tuning.LentBody
    assert told in said
    assert said.endswith("; one that the course lends is used here.\n")
    assert said.count("\n") == 1


def test_without_a_notebook_one_is_lent(tmp_path, capsys):
    assert tuning.a_body(tmp_path) is tuning.LentBody
    assert "no notebook 04_masked_language_model was found" in capsys.readouterr().out


def test_the_verbs_of_the_agreement_task_are_as_labelled(languages):
    small, _ = languages
    alike = []
    for sentence, label in tuning.agreement_task(small, 300, np.random.default_rng(0)):
        if label:
            with pytest.raises(ValueError, match="no sentence of the small language"):
                small.slots(sentence)
            continue
        where = agreement(small, sentence)
        alike.append(small.is_plural(sentence[where.subject]) == small.is_plural(sentence[where.other]))
    assert 0.35 < np.mean(alike) < 0.65  # both numbers between, or the neighbour would tell


def test_the_posterior_of_topics_is_as_sure_as_it_is_right(languages):
    small, _ = languages
    sentences = tuning.topic_task(small, 800, np.random.default_rng(1))
    table = tuning.topic_posterior(small, [words for words, _ in sentences])
    right = (table.argmax(axis=1) == [label for _, label in sentences]).mean()
    assert np.allclose(table.sum(axis=1), 1)
    assert right == pytest.approx(table.max(axis=1).mean(), abs=0.04)
    assert 0.8 < right < 0.93
    whole = tuning.topic_task(small, 100, np.random.default_rng(2), hidden=0.0)
    assert np.allclose(tuning.topic_posterior(small, [words for words, _ in whole]).max(axis=1), 1)


def test_a_bag_of_words_sees_words_and_no_order(languages):
    _, named = languages
    words = ["net", "pie", "hen"]
    train = tuning.encoded(named, [(["the", word, "."], label) for label, word in enumerate(words)] * 4)
    test = tuning.encoded(named, [([".", word, "the"], label) for label, word in enumerate(words)])
    assert tuning.bag_of_words(train, test, 3, len(named.tokens)).tolist() == [0, 1, 2]


class Constant(nn.Module):
    """Knows no input, learns how frequent the labels are."""

    def __init__(self):
        super().__init__()
        self.scores = nn.Parameter(torch.zeros(2))
        self.frozen = nn.Parameter(torch.ones(2), requires_grad=False)

    def forward(self, input_ids, token_type_ids, attention_mask):
        return (self.scores * self.frozen).expand(len(input_ids), 2)


def test_fit_learns_what_may_learn_and_nothing_else(languages):
    _, named = languages
    data = tuning.encoded(named, [(["net", "."], 1)] * 9 + [(["pie", "."], 0)] * 3)
    first, again = Constant(), Constant()
    losses = tuning.fit(first, data, 60, 0.1)
    assert losses == tuning.fit(again, data, 60, 0.1)
    assert losses[-1] < losses[0]
    assert first.frozen.tolist() == [1, 1]
    assert first.scores[1] > first.scores[0]
    assert tuning.logits_of(first, data).shape == (12, 2)


def test_while_nbgrader_runs_trainings_are_short_and_say_so(languages, monkeypatch, capsys):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    _, named = languages
    monkeypatch.setattr(pretraining, "GRADED_STEPS", 2)
    monkeypatch.setattr(pretraining, "DOCUMENTS", 4000)
    result = tuning.pretrain(tuning.LentBody, named)
    assert "2 steps of training instead of 2000. No point hangs on it." in capsys.readouterr().out
    assert [step for step, _ in result.losses] == [1, 2]
    assert len(tuning.fit(Constant(), tuning.encoded(named, [(["net"], 1)]), 100, 0.1)) < 10


def test_a_chosen_piece_is_hidden_replaced_or_kept():
    tokens = torch.arange(5, 45).repeat(600, 1)
    seen, labels = pretraining._hidden(tokens, 50, torch.Generator().manual_seed(0))
    chosen = labels != -100
    assert chosen.float().mean().item() == pytest.approx(0.15, abs=0.01)
    assert torch.equal(labels[chosen], tokens[chosen])
    assert torch.equal(seen[~chosen], tokens[~chosen])
    assert (seen == 4)[chosen].float().mean().item() == pytest.approx(0.8, abs=0.03)
    assert (seen == tokens)[chosen].float().mean().item() == pytest.approx(0.1, abs=0.03)


def test_pairs_are_half_neighbours(languages):
    arrays = pretraining.pairs(languages[1], 60, np.random.default_rng(0))
    assert 0.35 < arrays["follows"].mean() < 0.65
    assert (arrays["input_ids"][:, 0] == 2).all()
    assert ((arrays["input_ids"] == 3).sum(axis=1) == 2).all()
    assert (arrays["attention_mask"].sum(axis=1) == (arrays["input_ids"] != 0).sum(axis=1)).all()


def test_what_stands_at_first_pieces_comes_back_word_by_word(languages):
    _, named = languages
    pairs = named.with_shared_names(6, np.random.default_rng(2))
    batch = naming.tagged(named, pairs, reference("05_fine_tuning", "align_labels"))
    back = [[TAGS[number] for number in row] for row in naming.per_word(pairs, batch["labels"])]
    assert back == naming.tags_of(pairs)
    assert naming.token_accuracy(naming.tags_of(pairs), back) == 1


def test_a_word_list_knows_what_it_was_shown(languages):
    _, named = languages
    pairs = named.with_shared_names(40, np.random.default_rng(2))
    find = reference("05_fine_tuning", "spans")
    said = naming.word_list(pairs[:20], pairs[20:])
    assert naming.token_accuracy(naming.tags_of(pairs[20:]), said) > 0.8
    assert naming.recall_where(pairs, naming.tags_of(pairs), find, naming.is_ambiguous) == 1
    assert naming.recall_where(pairs, [["O"] * len(s) for s in naming.tags_of(pairs)], find, naming.is_ambiguous) == 0


def test_there_is_english_to_search_and_to_sort():
    manual = texts.python_manual(limit=30)
    assert len(manual) == 30
    assert all(len(text) >= 40 for _, text in manual)
    docstrings, packages = texts.docstrings_by_package(5, np.random.default_rng(0))
    assert len(docstrings) == len(set(docstrings)) == len(packages) == 20
    assert packages.bincount().tolist() == [5, 5, 5, 5]


def test_a_bar_says_how_many_are_done(monkeypatch):
    shown = []

    class Handle:
        def update(self, thing):
            shown.append(thing.data)

    monkeypatch.setattr("IPython.display.display", lambda thing, display_id: shown.append(thing.data) or Handle())
    assert [*tuning.counted(["a", "b"])] == ["a", "b"]
    assert [words.split("</progress> ")[1] for words in shown] == ["0 of 2</div>", "1 of 2</div>", "2 of 2</div>"]
    assert 'value="0.500"' in shown[1]

"""The decoder's training, its samples and caches, lent pieces, induction: right ones are used, wrong ones replaced."""

import ast
import math
from functools import partial
from pathlib import Path

import nbformat
import pytest
import torch
from torch import nn

from attention_course import generation as gen
from attention_course.generation import curve as curves
from attention_course.generation import english, induction, learning, lent, pieces, text
from attention_course.generation.watch import Live, LiveForming, LiveLoss
from attention_course.lending import lend
from autograder.exam.reference import reference_namespace

NOTEBOOK = Path(__file__).parents[2] / "notebooks/07_generation/07_generation.ipynb"
ANSWERS = ("skip_gram_loss", "most_similar", "analogy", "next_token_loss", "with_temperature", "top_k", "top_p",
           "rotate", "RMSNorm", "KeyValueCache", "CausalSelfAttention", "generate", "induction_score")  # fmt: skip


@pytest.fixture(scope="module")
def answers():
    return reference_namespace("07_generation")


@pytest.fixture
def shown(monkeypatch):
    """The HTML of what was displayed."""
    html = []

    def display(thing, **options):
        html.append(thing.data)
        return type("Handle", (), {"update": lambda self, new: html.append(new.data)})()

    monkeypatch.setattr("IPython.display.display", display)
    return html


def small(answers, **sizes):
    return answers["DecoderConfig"](vocab_size=11, hidden_size=16, intermediate_size=20, **sizes)


def test_every_piece_has_its_trial():
    assert sorted(ANSWERS) == sorted(pieces.TRIALS)


@pytest.mark.parametrize("name", ANSWERS)
def test_a_right_piece_is_used(name, answers, capsys):
    assert gen.right_or_lent(**{name: answers[name]}) is answers[name]
    assert capsys.readouterr().out == f"yours: {name}\n"


def unwritten(*args, **options):
    raise NotImplementedError


def broken(*args, **options):
    return torch.zeros(2)[5]


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize(
    ("answer", "reason"),
    [(unwritten, "is still to be written"), (broken, "stops with IndexError"), (None, "stops with")],
)
def test_a_piece_that_is_not_there_is_lent(name, answer, reason, capsys):
    assert gen.right_or_lent(**{name: answer}) is getattr(lent, name)
    assert f"lent by the course: {name}, because yours {reason}" in capsys.readouterr().out


class MeanTakenAway(lent.RMSNorm):
    def forward(self, x):
        return super().forward(x - x.mean(dim=-1, keepdim=True))


class NewestAlone(lent.KeyValueCache):
    def append(self, key, value):
        super().append(key, value)
        return key, value


class FromTheFirstPlaceAgain(lent.CausalSelfAttention):
    def forward(self, x, cache=None):
        return super().forward(x)


WRONG = {
    "RMSNorm": MeanTakenAway,
    "KeyValueCache": NewestAlone,
    "CausalSelfAttention": FromTheFirstPlaceAgain,
    "skip_gram_loss": lambda c, o, n: lent.skip_gram_loss(c, o, n) / (1 + n.shape[1]),
    "most_similar": lambda vector, table, count, exclude=(): torch.argsort(-(table @ vector)).tolist()[:count],
    "analogy": lambda a, b, c, table, count: lent.most_similar(table[b] - table[a] + table[c], table, count),
    "next_token_loss": lambda logits, ids, mask=None: lent.next_token_loss(logits, ids),
    "with_temperature": lambda logits, temperature: logits * temperature,
    "top_k": lambda logits, k: lent.top_k(logits, k + 1),
    "top_p": lambda logits, p: lent.top_p(logits, max(p - 0.2, 0)),
    "rotate": lambda x, positions, base=10000.0: lent.rotate(x, positions - positions[..., :1]),
    "generate": lambda model, ids, new, choose, use_cache=True: lent.generate(model, ids, new, choose)[
        :, ids.shape[1] :
    ],
    "induction_score": lambda weights, period: weights.diagonal(-period, -2, -1).mean(dim=(0, -1)),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_wrong_piece_is_replaced(name, capsys):
    assert gen.right_or_lent(**{name: WRONG[name]}) is getattr(lent, name)
    assert capsys.readouterr().out.startswith(f"lent by the course: {name}, because yours ")


def test_several_pieces_come_in_their_order(answers, capsys):
    chosen = gen.right_or_lent(top_k=answers["top_k"], top_p=unwritten, rotate=answers["rotate"])
    assert chosen == [answers["top_k"], lent.top_p, answers["rotate"]]
    assert capsys.readouterr().out.splitlines() == [
        "yours: top_k, rotate",
        "lent by the course: top_p, because yours is still to be written",
    ]


def test_what_was_borrowed_is_not_called_the_learners_own(answers, capsys):
    turn, norm = lend("rotate"), lend("RMSNorm")
    capsys.readouterr()
    assert gen.right_or_lent(rotate=turn, RMSNorm=norm, top_k=answers["top_k"]) == [turn, norm, answers["top_k"]]
    assert capsys.readouterr().out.splitlines() == ["yours: top_k", "borrowed with lend: rotate, RMSNorm"]
    model, load = lend("DecoderModel"), lend("load_llama_weights")
    capsys.readouterr()
    assert gen.decoder_or_lent(model, answers["KeyValueCache"], load, small(answers))[0] is model
    assert capsys.readouterr().out.splitlines() == ["yours: KeyValueCache", "borrowed with lend: DecoderModel"]


def test_no_cell_stops_where_an_answer_is_missing():
    """Outside of exercises and checks the learner's names are handed to those who put a lent piece in their place."""
    cells = nbformat.read(NOTEBOOK, 4).cells
    names = {*ANSWERS, "DecoderModel", "load_llama_weights"}
    plain = [cell.source for cell in cells if cell.cell_type == "code" and "nbgrader" not in cell.metadata]
    assert len(plain) > 30
    for source in plain:
        tree = ast.parse(source)
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and "_or_lent" in ast.unparse(node.func)]
        handed = {id(name) for call in calls for name in ast.walk(call)}
        used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id in names and id(n) not in handed}
        assert not used, source


def decoders(answers):
    return answers["DecoderModel"], answers["KeyValueCache"], answers["load_llama_weights"]


def test_the_learners_decoder_is_used_where_it_is_right(answers, capsys):
    model, cache, load = decoders(answers)
    assert gen.decoder_or_lent(model, cache, load, small(answers)) == (model, cache)
    assert capsys.readouterr().out == "yours: DecoderModel, KeyValueCache\n"


def _wrong_decoders(answers):
    model, cache, load = decoders(answers)

    class Forgetful(cache):
        def append(self, key, value):
            super().append(key, value)
            return key, value

    class Restarting(cache):
        length = 0

    class Silent(cache):
        nbytes = 0

    class Shy(model):
        def forward(self, ids, caches=None):
            return super().forward(ids, caches).detach()

    class Doubled(model):
        def forward(self, ids, caches=None):
            return 2 * super().forward(ids, caches)

    return {
        "forgets": (model, Forgetful, load, "gives other numbers with caches"),
        "restarts": (model, Restarting, load, "gives other numbers with caches"),
        "no size": (model, Silent, load, "do not tell"),
        "no gradient": (Shy, cache, load, "lets no gradient through"),
        "twice": (Doubled, cache, load, "numbers of a Llama"),
        "unwritten": (unwritten, cache, load, "still to be written"),
        "loads nothing": (model, cache, lambda model, state: None, "numbers of a Llama"),
    }


@pytest.mark.parametrize(
    "name", ["forgets", "restarts", "no size", "no gradient", "twice", "unwritten", "loads nothing"]
)
def test_a_wrong_decoder_is_replaced(name, answers, capsys):
    *given, reason = _wrong_decoders(answers)[name]
    assert gen.decoder_or_lent(*given, small(answers)) == (lent.DecoderModel, lent.KeyValueCache)
    assert reason in capsys.readouterr().out


@pytest.mark.parametrize("tied", [False, True])
def test_the_lent_decoder_is_a_llama(tied, answers):
    from transformers import LlamaConfig, LlamaForCausalLM

    sizes = {"num_attention_heads": 4, "num_key_value_heads": 2, "num_hidden_layers": 2, "tie_word_embeddings": tied}
    torch.manual_seed(0)
    theirs = LlamaForCausalLM(LlamaConfig(vocab_size=11, hidden_size=16, intermediate_size=20, **sizes)).eval()
    ours = lent.DecoderModel(small(answers, **sizes)).eval()
    ours.load_state_dict(theirs.state_dict())
    ids = torch.randint(11, (2, 9))
    with torch.no_grad():
        expected = theirs(ids).logits
        caches = [lent.KeyValueCache() for _ in ours.layers]
        parts = torch.cat([ours(ids[:, :4], caches), ours(ids[:, 4:5], caches), ours(ids[:, 5:], caches)], dim=1)
        assert torch.allclose(ours(ids), expected, atol=1e-5)
    assert torch.allclose(parts, expected, atol=1e-5)


def test_the_decoder_learns_and_the_same_seed_gives_the_same(answers):
    material = gen.material(train=200, held_out=20)
    told = []
    runs = []
    for _ in range(2):
        config = answers["DecoderConfig"](vocab_size=len(material.tokens), hidden_size=16, intermediate_size=20)
        model = gen.initialise(answers["DecoderModel"](config), 0)
        runs.append(gen.train(model, material, 25, answers["next_token_loss"], watch=lambda c: told.append(c.share)))
    assert runs[0].losses == runs[1].losses
    assert runs[0].looks[0][1] == pytest.approx(math.log(len(material.tokens)), abs=1.0)
    assert runs[0].looks[-1][0] == 25
    assert runs[0].looks[-1][1] < runs[0].looks[0][1] - 0.1
    assert told[-1] == 1
    assert not model.training


def test_the_held_out_loss_gives_each_token_the_same_weight():
    class Constant(nn.Module):
        def forward(self, ids):
            return torch.nn.functional.one_hot(ids, 9).float() * torch.linspace(0, 1, ids.shape[1])[:, None]

    rows = text.rows([[5, 6, 7, 8], *([[5]] * 150)])
    together = lent.next_token_loss(Constant()(rows), rows, rows != 0)
    assert gen.held_out_loss(Constant(), rows, lent.next_token_loss) == pytest.approx(float(together), rel=1e-5)


def test_no_special_token_is_ever_drawn_and_draws_follow_the_rule():
    logits = torch.zeros(4000, 9)
    logits[:, 7] = math.log(3.0)
    drawn = gen.drawing(lambda given: given)(logits)
    shares = torch.bincount(drawn, minlength=9) / 4000
    assert shares[: gen.FIRST_WORD].sum() == 0
    assert shares[7] == pytest.approx(0.5, abs=0.04)
    greedy = gen.drawing(partial(lent.with_temperature, temperature=0))(logits)
    assert set(greedy.tolist()) == {7}


def test_a_cache_costs_less_time_and_its_bytes(answers):
    config = small(answers, num_attention_heads=4, num_key_value_heads=2, num_hidden_layers=2)
    model = gen.initialise(answers["DecoderModel"](config), 0).eval()
    (cost,) = gen.costs(model, answers["KeyValueCache"], [24], new_tokens=3)
    assert cost.same
    assert cost.difference < 1e-5
    assert cost.nbytes == 2 * 2 * 2 * 4 * (24 + 3) * 4  # keys and values, layers, heads, depth, tokens, bytes
    assert min(cost.without, cost.cached) > 0


def test_sequences_repeat():
    ids = gen.repeated(5, 7, torch.Generator().manual_seed(0))
    assert ids.shape == (5, 15)
    assert (ids[:, 1:8] == ids[:, 8:]).all()
    assert (ids[:, 0] == 0).all()
    assert (ids[:, 1:] > 0).all()


def made(positions, layers=2, rotate=lent.rotate):
    return gen.InductionRun("test", layers, positions, lent.induction_score, rotate)


@pytest.mark.parametrize("positions", ["rotary", "ALiBi", "learned", "none"])
def test_an_attention_only_model_sees_no_future_and_learns(positions):
    run = made(positions)
    ids = gen.repeated(2, 6, torch.Generator().manual_seed(0))
    other = ids.clone()
    other[:, 8:] = 1
    with torch.no_grad():
        assert torch.allclose(run.model(ids)[:, :8], run.model(other)[:, :8], atol=1e-6)
    maps = run.weights_on(ids)
    assert all(torch.allclose(one.sum(dim=-1), torch.ones(2, 4, 13), atol=1e-5) for one in maps)
    curve = run.train(8)
    assert curve.losses[-1] < curve.losses[0]
    assert [look[0] for look in curve.looks] == [0, 8]
    assert run.right_by_length((6, 9)).keys() == {6, 9}


def test_alibi_takes_away_in_proportion_to_the_distance():
    layer = induction.AttentionLayer(None, torch.tensor([0.5, 0.25, 0.125, 0.0625]))
    nn.init.zeros_(layer.query.weight)
    layer(torch.randn(1, 5, 64))
    logs = layer.weights[0, :, 4].log()
    assert torch.allclose(logs.diff(dim=-1), layer.slopes[:, None].expand(4, 4), atol=1e-5)


def test_a_model_that_copies_is_seen_to_copy():
    run = made("none", layers=1)

    class Copies(nn.Module):
        layers = ()

        def forward(self, ids):
            half = (ids.shape[1]) // 2
            known = torch.nn.functional.one_hot(ids.roll(half - 1, dims=1), induction.TOKENS)
            return 50.0 * known

    run.model = Copies()
    assert run.right_by_length((10, 20)) == {10: 1.0, 20: 1.0}


@pytest.mark.parametrize(("positions", "rotate"), [("rotary", None), ("absolute", lent.rotate)])
def test_unknown_positions_are_refused(positions, rotate):
    with pytest.raises(ValueError, match="positions"):
        made(positions, rotate=rotate)


def test_steps_are_few_where_nbgrader_runs_the_notebook(monkeypatch, capsys):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    assert gen.steps(500) == 500
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert gen.steps(500) == curves.GRADED_STEPS
    assert "No point hangs on it" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("watch", "word"),
    [(Live(), ""), (LiveLoss({"bigram": 2.0}, 1.6), "best possible is 1.600"), (LiveForming(), "score from")],
)
def test_a_training_is_drawn_anew_when_it_was_looked_at(watch, word, shown):
    curve = gen.Curve(losses=[3.0, 2.0], looks=[(0, 3.0, 3.0, 0.1)])
    watch(curve)
    curve.share, curve.looks = 1.0, [(0, 3.0, 3.0, 0.1), (2, 2.0, 2.0, 0.2)]
    watch(curve)
    assert "<img" not in shown[0]
    assert 'value="1.000"' in shown[-1]
    assert word in shown[-1]


def test_a_text_of_ones_own_becomes_rows_and_reads_as_it_was(tmp_path):
    paragraph = "The cat sat on the mat. It was not a very large mat, and the cat was not small. Nobody moved."
    file = tmp_path / "cat.txt"
    file.write_text("\n\n".join(f"{paragraph} Number {number} was there." for number in range(40)), encoding="utf-8")
    material = gen.own_material(str(file))
    assert (material.train[:, 0] == gen.BEGIN).all()
    assert material.train.shape[1] <= english.LENGTH + 1
    assert len(material.held_out) == 4
    said = gen.joined(material.read(material.train[0].tolist()))
    assert said.startswith("the cat sat on the mat. it was not a very large mat, and the cat")


def test_what_was_copied_is_found():
    material = gen.Material([*"psukm", "a", "b", "##c", "d"], torch.tensor([[2, 5, 6, 7, 8]]), torch.zeros(0, 5))
    assert gen.longest_copy([2, 8, 5, 6, 7, 6], material) == "a bc"
    assert gen.longest_copy([2, 8, 8], material) == "d"
    assert gen.longest_copy([2], material) == ""


def test_first_numbers_depend_on_the_seed_alone(answers):
    models = [gen.initialise(answers["DecoderModel"](small(answers)), seed) for seed in (0, 0, 1)]
    weights = [next(iter(model.parameters())) for model in models]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
    assert learning.beginnings(3).tolist() == [[gen.BEGIN]] * 3

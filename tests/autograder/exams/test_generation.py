"""What the exams of notebook 07 hold for right, against libraries."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from transformers import LlamaConfig, LlamaForCausalLM, TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

from attention_course.probes.generators import DecoderConfig, TableModel
from autograder.exam.reference import reference
from autograder.exams import generation as exams
from autograder.exams.generation import attention, llama, rms_norm
from autograder.exams.generation.choosing import keeping, nucleus, ranked
from autograder.exams.generation.generate import number
from autograder.exams.generation.rotate import right as turned
from autograder.exams.generation.word_vectors import right_loss
from autograder.exams.sequence_to_sequence.inputs import normal, whole

NOTEBOOK = "07_generation"
SEEDS = range(3)


def drawn_sizes(rng):
    """A random small configuration."""
    kv_heads, group = int(rng.integers(1, 4)), int(rng.integers(1, 4))
    return {
        "vocab_size": int(rng.integers(5, 20)),
        "hidden_size": kv_heads * group * 2 * int(rng.integers(1, 4)),
        "intermediate_size": int(rng.integers(3, 20)),
        "num_hidden_layers": int(rng.integers(1, 4)),
        "num_attention_heads": kv_heads * group,
        "num_key_value_heads": kv_heads,
        "rms_norm_eps": float(10 ** rng.uniform(-8, -1)),
        "tie_word_embeddings": bool(rng.random() < 0.5),
    }


def theirs_with(sizes, entries):
    """The library's model with these numbers in it."""
    theirs = LlamaForCausalLM(LlamaConfig(**sizes, attn_implementation="eager")).eval()
    missing, unexpected = theirs.load_state_dict(entries, strict=False)
    assert (missing, unexpected) == (["lm_head.weight"] if sizes["tie_word_embeddings"] else [], [])
    return theirs


@pytest.mark.parametrize("seed", range(8))
def test_the_model_is_the_librarys_llama(seed):
    rng = np.random.default_rng(seed)
    sizes = drawn_sizes(rng)
    entries, ids = llama.published(rng, sizes), whole(rng, sizes["vocab_size"], 2, 6)
    theirs = theirs_with(sizes, entries)
    ours = reference(NOTEBOOK, "DecoderModel")(DecoderConfig(**sizes))
    reference(NOTEBOOK, "load_llama_weights")(ours, theirs.state_dict())
    with torch.no_grad():
        wanted = theirs(ids).logits
        torch.testing.assert_close(llama.logits(entries, sizes, ids).float(), wanted, rtol=2e-5, atol=2e-5)
        torch.testing.assert_close(ours(ids), wanted, rtol=2e-5, atol=2e-5)
        for first in range(1, 6):
            caches = [reference(NOTEBOOK, "KeyValueCache")() for _ in ours.layers]
            begun = theirs(ids[:, :first], use_cache=True)
            went_on = theirs(ids[:, first:], past_key_values=begun.past_key_values).logits
            got = [ours(piece, caches) for piece in (ids[:, :first], ids[:, first:])]
            torch.testing.assert_close(torch.cat(got, 1), wanted, rtol=2e-5, atol=2e-5)
            torch.testing.assert_close(got[1], went_on, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("seed", SEEDS)
def test_padding_behind_changes_nothing_before_it(seed):
    rng = np.random.default_rng(seed)
    entries, ids = llama.published(rng, llama.SIZES), whole(rng, 11, 2, 6)
    mask = torch.tensor([[1] * 6, [1] * 4 + [0] * 2])
    with torch.no_grad():
        wanted = theirs_with(llama.SIZES, entries)(ids, attention_mask=mask).logits
    mine = llama.logits(entries, llama.SIZES, ids).float()
    torch.testing.assert_close(mine[mask == 1], wanted[mask == 1], rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("cached", [True, False])
def test_the_reference_writes_what_the_library_writes(cached):
    rng = np.random.default_rng(5)
    entries, ids = llama.published(rng, llama.SIZES), whole(rng, 11, 2, 4)
    theirs = theirs_with(llama.SIZES, entries)
    ours = reference(NOTEBOOK, "DecoderModel")(DecoderConfig(**llama.SIZES))
    reference(NOTEBOOK, "load_llama_weights")(ours, entries)
    options = {"do_sample": False, "eos_token_id": None, "pad_token_id": 0, "attention_mask": torch.ones_like(ids)}
    wanted = theirs.generate(ids, max_new_tokens=8, **options)
    got = reference(NOTEBOOK, "generate")(ours, ids, 8, lambda logits: logits.argmax(-1), use_cache=cached)
    assert torch.equal(got, wanted)


@pytest.mark.parametrize("seed", SEEDS)
def test_rotation_is_the_librarys(seed):
    rng = np.random.default_rng(seed)
    x, positions = normal(rng, 2, 3, 5, 8), torch.from_numpy(rng.integers(50, size=5))
    angles = positions[:, None] * 10000.0 ** (-torch.arange(0, 8, 2) / 8)
    angles = torch.cat([angles, angles], -1)[None]
    wanted, _ = apply_rotary_pos_emb(x, x, angles.cos(), angles.sin())
    torch.testing.assert_close(turned(x, positions).float(), wanted, rtol=1e-4, atol=1e-5)


def test_the_norm_is_the_librarys():
    rng = np.random.default_rng(0)
    weight, x = normal(rng, 6), normal(rng, 2, 3, 6)
    wanted = F.rms_norm(x.double(), (6,), weight.double(), 0.1)
    torch.testing.assert_close(rms_norm.right(weight, x, 0.1), wanted)


@pytest.mark.parametrize("seed", SEEDS)
def test_choices_are_the_librarys_where_nothing_is_tied(seed):
    rng = np.random.default_rng(seed)
    logits, p = normal(rng, 4, 9), float(rng.uniform(0.2, 0.9))
    for k in (1, 3, 8):
        mine = keeping(logits, lambda row, k=k: ranked(row)[:k])
        assert torch.equal(mine, TopKLogitsWarper(k)(None, logits))
    mine = keeping(logits, lambda row: nucleus(row, p))
    assert torch.equal(mine, TopPLogitsWarper(p)(None, logits))
    warm = reference(NOTEBOOK, "with_temperature")(logits, 0.7)
    assert torch.equal(warm, TemperatureLogitsWarper(0.7)(None, logits))


@pytest.mark.parametrize("seed", SEEDS)
def test_drawing_from_a_nucleus_gives_the_truth_cut_and_scaled(seed):
    """Frequencies of many draws, against the exact distribution and within five of its standard errors."""
    rng, draws = np.random.default_rng(seed), 20_000
    logits, p = normal(rng, 8), 0.8
    shares = logits.double().softmax(0).numpy()
    order = np.argsort(-shares)
    count = int(np.searchsorted(np.cumsum(shares[order]), p)) + 1
    wanted = np.zeros(8)
    wanted[order[:count]] = shares[order[:count]] / shares[order[:count]].sum()
    kept = reference(NOTEBOOK, "top_p")(logits, p).softmax(-1)
    found = torch.multinomial(kept, draws, replacement=True, generator=torch.Generator().manual_seed(seed))
    frequencies = np.bincount(found.numpy(), minlength=8) / draws
    assert (np.abs(frequencies - wanted) <= 5 * np.sqrt(wanted * (1 - wanted) / draws)).all()


def test_the_skip_gram_loss_is_binary_cross_entropy():
    rng = np.random.default_rng(0)
    center, context, negatives = normal(rng, 4, 3), normal(rng, 4, 3), normal(rng, 4, 5, 3)
    dots = torch.cat([context[:, None], negatives], 1) @ center[:, :, None]
    labels = torch.zeros_like(dots)
    labels[:, 0] = 1
    wanted = F.binary_cross_entropy_with_logits(dots, labels, reduction="sum") / 4
    torch.testing.assert_close(right_loss(center, context, negatives).float(), wanted)


@pytest.mark.parametrize("seed", SEEDS)
def test_attention_without_groups_is_the_librarys(seed):
    """nn.MultiheadAttention knows no positions: all tokens but the last stand at 0 where there is only one key."""
    rng, sizes = np.random.default_rng(seed), (8, 2, 2)
    state, x = attention.numbers(rng, *sizes), normal(rng, 3, 1, 8)
    theirs = nn.MultiheadAttention(8, 2, bias=False, batch_first=True)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([state[f"{name}.weight"] for name in ("query", "key", "value")]))
        theirs.out_proj.weight.copy_(state["output.weight"])
        wanted = theirs(x, x, x, need_weights=False)[0]
    torch.testing.assert_close(attention.right(state, sizes, x).float(), wanted, rtol=1e-4, atol=1e-5)


def test_the_table_model_reads_all_tokens_and_their_order_with_and_without_caches():
    rng = np.random.default_rng(0)
    rows, ids = normal(rng, 400, 7), whole(rng, 7, 2, 5)
    model, kind = TableModel(rows, 2), reference(NOTEBOOK, "KeyValueCache")
    caches = [kind(), kind()]
    pieces = torch.cat([model(ids[:, :3], caches), model(ids[:, 3:], caches)], 1)
    assert torch.equal(pieces, model(ids))
    assert torch.equal(model(ids)[1, -1], rows[number(ids[1].tolist()) % 400])
    assert not torch.equal(model(ids)[:, -1], model(ids.flip(1))[:, -1])
    with pytest.raises(ValueError, match="as many caches"):
        model(ids, [kind()])


def test_a_cache_that_all_objects_share_is_refused():
    class KeyValueCache:
        held: list = []  # noqa: RUF012  the slip itself

        def append(self, key, value):
            self.held.append((key, value))
            return tuple(torch.cat(parts, dim=2) for parts in zip(*self.held, strict=True))

        @property
        def length(self):
            return sum(key.shape[2] for key, _ in self.held)

        @property
        def nbytes(self):
            return sum(part.nbytes for pair in self.held for part in pair)

    verdict = exams.KeyValueCache.judge(KeyValueCache)
    assert not verdict.passed
    assert "remembered" in verdict.message or "raises" in verdict.message


@pytest.mark.parametrize("seed", range(20))
def test_no_case_rests_on_a_hair(seed):
    """Ties are exact, and p lies clear of every running sum: float32 and float64 keep the same tokens."""
    for case in exams.choosing.cases(seed):
        if case.function == "top_p" and not case.raises:
            logits, p = case.args
            once, twice = (reference(NOTEBOOK, "top_p")(given, p) for given in (logits, logits.double()))
            assert torch.equal(once.isneginf(), twice.isneginf()), case.concept


@pytest.mark.parametrize("name", ["never_tied", "tied_by_a_copy"])
def test_words_that_are_not_tied_are_told_so(name):
    """As many numbers to learn as without tying: that is no result which was kept from the call before."""
    variant = next(variant for variant in exams.DecoderModel.wrong_variants if variant.name == name)
    parts = {part: reference(NOTEBOOK, part) for part in exams.DecoderModel.functions}
    message = exams.DecoderModel.judge(parts | variant.answer, seed=3).message
    assert "earlier call" not in message
    assert "tied" in message


def test_the_contract_has_28_points():
    from autograder.sample.classroom import Classwork

    points = Classwork(NOTEBOOK).points()
    assert list(points) == [exercise.name for exercise in exams.EXERCISES]
    assert list(points.values()) == [4, 2, 4, 3, 1, 2, 4, 4, 2, 2]

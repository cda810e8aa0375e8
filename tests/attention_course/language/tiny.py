"""Languages small enough to enumerate."""

import numpy as np
from scipy.sparse import csr_array

from attention_course.language.lexicon import Lexicon, nouns, topic, verbs
from attention_course.language.machine import Machine
from attention_course.language.small_language import SmallLanguage


def three_word_machine(seed: int = 0) -> Machine:
    """Three words, two memories, sentences of one word upwards; every table is random, every entry possible."""
    generator = np.random.default_rng(seed)
    states, memories, words = 4, 2, 3
    emission = np.zeros((states, 5 + words))
    emission[:, 5:] = generator.dirichlet(np.ones(words), size=states)
    leaving = generator.dirichlet(np.ones(states + memories), size=states)
    handover = generator.dirichlet(np.ones(states), size=memories)
    stationary = generator.dirichlet(np.ones(memories))
    return Machine(emission, csr_array(leaving[:, :states]), leaving[:, states:], handover, stationary)


def tiny_language() -> SmallLanguage:
    """The grammar of the small language with two topics and hardly any words."""
    actions = [{"bake": "pie", "stir": "soup", "wash": "cup"}, {"read": "book", "draw": "map", "solve": "riddle"}]
    topics = {
        "kitchen": topic("cook", actions[0], "kitchen", "hot"),
        "school": topic("pupil", actions[1], "library", "long"),
    }
    few = dict.fromkeys(["singular_determiners", "plural_determiners"], ("the",))
    few |= {"person_adjectives": ("tall",), "thing_adjectives": ("new",), "adverbs": ("often",)}
    people = {"women": nouns("girl"), "men": nouns("boy"), "watching": verbs("see")}
    return SmallLanguage(Lexicon(topics=topics, prepositions=("near",), connectives=("then",), **people, **few))

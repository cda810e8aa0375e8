"""Wrong variants of load_llama_weights."""

from torch import nn

from autograder.exams.generation.decoder_model import IN_A_LAYER, DecoderModel, Loader


def loader(hint):
    """Decorator: a loader with a slip, as a function of the same name."""

    def register(kind):
        def load(model, state_dict):
            kind(model, state_dict).load()

        load.__name__ = kind.__name__
        DecoderModel.wrong(hint, function="load_llama_weights")(load)
        return kind

    return register


def exchanged(*pair):
    names = dict(IN_A_LAYER)
    names[pair[0]], names[pair[1]] = names[pair[1]], names[pair[0]]
    return names


@loader(
    "gate and up have changed places, in the model or while they are loaded. Which goes through silu, and which is "
    "up_proj?"
)
class gate_and_up_exchanged(Loader):
    in_a_layer = exchanged("gate", "up")


@loader(
    "a layer's two norms have changed places, in the model or while they are loaded. Which one stands before attention?"
)
class norms_loaded_crosswise(Loader):
    in_a_layer = exchanged("norm1", "norm2")


@loader("keys and values have changed places. Which one is k_proj?")
class key_and_value_exchanged(Loader):
    in_a_layer = exchanged("attention.key", "attention.value")


@loader("the norms keep what they began with. Which entries have the names of norms?")
class norms_not_loaded(Loader):
    def put(self, module, name):
        if "norm" not in name:
            super().put(module, name)


@loader("the last norm keeps what it began with. What is model.norm?")
class last_norm_not_loaded(Loader):
    def put(self, module, name):
        if name != "model.norm":
            super().put(module, name)


@loader("the logits' matrix keeps what it began with. What is lm_head?")
class head_not_loaded(Loader):
    def head(self):
        pass


@loader("the logits' matrix gets the table of words, though the words are not tied. What is lm_head?")
class table_for_the_head(Loader):
    def head(self):
        if not self.model.config.tie_word_embeddings:
            self.put(self.model.output, "model.embed_tokens")


@loader("lm_head is asked for where the words are tied. What does the docstring say about it there?")
class head_always_asked_for(Loader):
    def head(self):
        self.put(self.model.output, "lm_head")


@loader("after loading, tied words are two parameters that learn apart. What keeps them one?")
class untied(Loader):
    def head(self):
        super().head()
        if self.model.config.tie_word_embeddings:
            self.model.output.weight = nn.Parameter(self.model.embedding.weight.detach().clone())


@loader("only layer 0 is loaded. How many are there?")
class first_layer_loaded(Loader):
    def load(self):
        self.ends()
        self.model_layers = self.model.layers
        for mine, theirs in self.in_a_layer.items():
            self.put(self.model.layers[0].get_submodule(mine), f"model.layers.0.{theirs}")
        self.head()


@loader("every layer gets the numbers of layer 0. Which number has the entry's name?")
class layer_0_everywhere(Loader):
    def index(self, index):
        return 0


@loader("the layers are run, or loaded, from the last to the first. Which one has the number 0?")
class layers_loaded_backwards(Loader):
    def index(self, index):
        return len(self.model.layers) - 1 - index


@loader(
    "layers are in the order of a dictionary: 10 stands before 2. In which order do texts sort, and in which numbers?"
)
class sorted_as_texts(Loader):
    def index(self, index):
        return sorted(map(str, range(len(self.model.layers))))[index]


@loader("square matrices are transposed. How does Hugging Face keep the matrix of a Linear?")
class transposed(Loader):
    def put(self, module, name):
        weight = self.entries[f"{name}.weight"]
        square = weight.dim() == 2 and weight.shape[0] == weight.shape[1] and "proj" in name
        module.weight.data.copy_(weight.T if square else weight)


@loader(
    "the rows of queries and keys are re-ordered for neighbouring pairs. Which two numbers make a pair here and there?"
)
class reordered_pairs(Loader):
    def put(self, module, name):
        super().put(module, name)
        if name.endswith(("q_proj", "k_proj")):
            depth = self.model.config.hidden_size // self.model.config.num_attention_heads
            heads = module.weight.data.unflatten(0, (-1, depth // 2, 2))
            module.weight.data = heads.transpose(1, 2).flatten(0, 2).contiguous()


@loader("the numbers are not copied: the model holds the state dict's own tensors. What happens when those change?")
class shared_with_the_entries(Loader):
    def put(self, module, name):
        module.weight.data = self.entries[f"{name}.weight"]


@loader("nothing is loaded: a tensor was given another name, and the parameter stayed as it was. What writes into it?")
class nothing_loaded(Loader):
    def put(self, module, name):
        weight = module.weight
        weight = self.entries.get(f"{name}.weight")  # noqa: F841  the slip itself


@loader("the parameters can no longer be trained. What did you set besides their numbers?")
class frozen(Loader):
    def put(self, module, name):
        super().put(module, name)
        module.weight.requires_grad_(False)

"""Wrong variants of skip_gram_loss, most_similar and analogy."""

import torch
from torch.nn import functional as F

from autograder.exams.generation.word_vectors import word_vectors


def dots(center, context, negatives):
    """(b,) of the pairs, (b, n) of the negatives."""
    return (center * context).sum(-1), torch.einsum("bm,bnm->bn", center, negatives)


def loss(hint):
    return word_vectors.wrong(hint, function="skip_gram_loss")


def similar(hint):
    return word_vectors.wrong(hint, function="most_similar")


def asked(hint):
    return word_vectors.wrong(hint, function="analogy")


@loss("the negatives are pulled near as well. Which sign has their dot product inside of the sigmoid?")
def negatives_pulled_near(center, context, negatives):
    near, far = dots(center, context, negatives)
    return -(F.logsigmoid(near) + F.logsigmoid(far).sum(-1)).mean()


@loss("near and far have changed places. Whose dot product shall be large?")
def near_pushed_away(center, context, negatives):
    near, far = dots(center, context, negatives)
    return -(F.logsigmoid(-near) + F.logsigmoid(far).sum(-1)).mean()


@loss("the sign is missing: this is a score that grows as the vectors get better. What is a loss?")
def without_the_minus(center, context, negatives):
    near, far = dots(center, context, negatives)
    return (F.logsigmoid(near) + F.logsigmoid(-far).sum(-1)).mean()


@loss("it is added up over the pairs. By what is a mean divided?")
def summed_over_pairs(center, context, negatives):
    near, far = dots(center, context, negatives)
    return -(F.logsigmoid(near) + F.logsigmoid(-far).sum(-1)).sum()


@loss("the negatives of a pair are averaged. Does the formula add them up, or divide by their number?")
def mean_of_negatives(center, context, negatives):
    near, far = dots(center, context, negatives)
    return -(F.logsigmoid(near) + F.logsigmoid(-far).mean(-1)).mean()


@loss("it is averaged over all dot products. Over which one of the axes is the mean, and over which the sum?")
def mean_of_everything(center, context, negatives):
    near, far = dots(center, context, negatives)
    return -torch.cat([F.logsigmoid(near)[:, None], F.logsigmoid(-far)], 1).mean()


@loss("the pair itself costs nothing. Which two terms has the formula?")
def negatives_alone(center, context, negatives):
    return -F.logsigmoid(-dots(center, context, negatives)[1]).sum(-1).mean()


@loss("the negatives cost nothing. Then all words may have the same vector; which term forbids it?")
def without_negatives(center, context, negatives):
    return -F.logsigmoid(dots(center, context, negatives)[0]).mean()


@loss("only one of the negatives counts. Over which axis is the sum?")
def first_negative_alone(center, context, negatives):
    near, far = dots(center, context, negatives)
    return -(F.logsigmoid(near) + F.logsigmoid(-far[:, 0])).mean()


@loss("the negatives are compared with the context word. With whose vector does the formula multiply them?")
def negatives_against_the_context(center, context, negatives):
    near, far = dots(center, context, negatives)[0], dots(context, context, negatives)[1]
    return -(F.logsigmoid(near) + F.logsigmoid(-far).sum(-1)).mean()


@loss("there is no sigmoid: the dots are added up as they are. What keeps the loss from falling for ever?")
def bare_dots(center, context, negatives):
    near, far = dots(center, context, negatives)
    return (far.sum(-1) - near).mean()


@loss("the sigmoids have no logarithm. What does the formula take of them?")
def without_logarithm(center, context, negatives):
    near, far = dots(center, context, negatives)
    return -(near.sigmoid() + (-far).sigmoid().sum(-1)).mean()


@loss("for large dots the sigmoid is 0 in float32, and its logarithm infinite. Which function computes both in one?")
def log_of_sigmoid(center, context, negatives):
    near, far = dots(center, context, negatives)
    return -(near.sigmoid().log() + (-far).sigmoid().log().sum(-1)).mean()


@loss("1 - sigmoid is 0 in float32 for large dots, and its logarithm infinite. What is 1 - sigmoid(x) as a sigmoid?")
def log_of_one_minus_sigmoid(center, context, negatives):
    near, far = dots(center, context, negatives)
    return -(F.logsigmoid(near) + (1 - far.sigmoid()).log().sum(-1)).mean()


@loss("a small number inside of the logarithm caps the loss of large dots. Which function needs none?")
def capped_logarithm(center, context, negatives):
    near, far = dots(center, context, negatives)
    return -((near.sigmoid() + 1e-9).log() + ((-far).sigmoid() + 1e-9).log().sum(-1)).mean()


@loss("a softmax chooses between the pair and its negatives: another loss. What stands around each dot product here?")
def softmax_over_all(center, context, negatives):
    near, far = dots(center, context, negatives)
    return F.cross_entropy(torch.cat([near[:, None], far], 1), near.new_zeros(len(near)).long())


@loss("cosines are used. Are the vectors brought to length 1 in the formula?")
def cosines_for_dots(center, context, negatives):
    return -(
        F.logsigmoid(F.cosine_similarity(center, context))
        + F.logsigmoid(-F.cosine_similarity(center[:, None], negatives, dim=-1)).sum(-1)
    ).mean()


def order_of(scores, count, exclude, *, largest=True):
    ranks = torch.argsort(scores, descending=largest, stable=True).tolist()
    return [row for row in ranks if row not in exclude][:count]


def cosine(vector, table):
    return F.normalize(table, dim=1) @ F.normalize(vector, dim=0)


@similar("dot products are compared, so long rows win. What does a cosine divide by?")
def dot_products(vector, table, count, exclude=()):
    return order_of(table @ vector, count, exclude)


@similar("distances are compared. Which rows point the same way, however long they are?")
def distances(vector, table, count, exclude=()):
    return order_of((table - vector).norm(dim=1), count, exclude, largest=False)


@similar("rows are divided by their squared length. What is the length of a vector?")
def squared_lengths(vector, table, count, exclude=()):
    return order_of(table @ vector / table.pow(2).sum(1), count, exclude)


@similar("the worst comes first. In which order does the docstring want them?")
def worst_first(vector, table, count, exclude=()):
    return order_of(cosine(vector, table), count, exclude, largest=False)


@similar("rows that point the opposite way count as near. Which sign has their cosine?")
def without_the_sign(vector, table, count, exclude=()):
    return order_of(cosine(vector, table).abs(), count, exclude)


@similar("of equally near rows the higher number comes first. Which one does the docstring want first?")
def last_on_a_tie(vector, table, count, exclude=()):
    scores = cosine(vector, table).tolist()
    ranks = sorted(range(len(scores)), key=lambda row: (-scores[row], -row))
    return [row for row in ranks if row not in exclude][:count]


@similar("`exclude` has no effect. Which rows may not be returned?")
def nothing_excluded(vector, table, count, exclude=()):
    return order_of(cosine(vector, table), count, ())


@similar("too few come back where rows are left out. Is the list cut before or after that?")
def cut_before_excluding(vector, table, count, exclude=()):
    return [row for row in order_of(cosine(vector, table), count, ()) if row not in exclude]


@similar("the nearest row is always dropped, as if it were the word itself. What is `exclude` for?")
def drops_the_first(vector, table, count, exclude=()):
    return order_of(cosine(vector, table), count + 1, exclude)[1:]


@similar("there is one row more than `count`. Where does a slice end?")
def one_too_many(vector, table, count, exclude=()):
    return order_of(cosine(vector, table), count + 1, exclude)


@similar("only the nearest row comes back, whatever `count` says. What is `count`?")
def always_one(vector, table, count, exclude=()):
    return order_of(cosine(vector, table), 1, exclude)


@similar("cosines come back where row numbers should. Which function says where they stand?")
def cosines_returned(vector, table, count, exclude=()):
    scores = cosine(vector, table)
    return [float(scores[row]) for row in order_of(scores, count, exclude)]


@similar("a tensor comes back where a list should. Which method makes a list of a tensor?")
def a_tensor(vector, table, count, exclude=()):
    return torch.tensor(order_of(cosine(vector, table), count, exclude))


@similar(
    "the rows that were given are brought to length 1 in place: whoever uses the table next finds it changed. Which "
    "operator makes a new tensor?"
)
def table_changed(vector, table, count, exclude=()):
    table /= table.norm(dim=1, keepdim=True)
    return order_of(table @ vector, count, exclude)


def answers(wanted, table, count, exclude):
    return order_of(cosine(wanted, table), count, exclude)


@asked("the words of the question are among the answers. The nearest to b - a + c is often c itself: what is left out?")
def question_not_excluded(a, b, c, table, count):
    rows = F.normalize(table)
    return answers(rows[b] - rows[a] + rows[c], rows, count, ())


@asked("c is left out of the answers, a and b are not. Which words were in the question?")
def only_c_excluded(a, b, c, table, count):
    rows = F.normalize(table)
    return answers(rows[b] - rows[a] + rows[c], rows, count, (c,))


@asked("b may be an answer. Which words were in the question?")
def b_not_excluded(a, b, c, table, count):
    rows = F.normalize(table)
    return answers(rows[b] - rows[a] + rows[c], rows, count, (a, c))


@asked("a may be an answer. Which words were in the question?")
def a_not_excluded(a, b, c, table, count):
    rows = F.normalize(table)
    return answers(rows[b] - rows[a] + rows[c], rows, count, (b, c))


@asked("this is a - b + c, the way back. From a to b: which of the two has the minus?")
def the_way_back(a, b, c, table, count):
    rows = F.normalize(table)
    return answers(rows[a] - rows[b] + rows[c], rows, count, (a, b, c))


@asked("this is a + b - c. To which word is the step from a to b added?")
def step_from_c(a, b, c, table, count):
    rows = F.normalize(table)
    return answers(rows[a] + rows[b] - rows[c], rows, count, (a, b, c))


@asked("all three vectors are added. Which one has a minus?")
def three_added(a, b, c, table, count):
    rows = F.normalize(table)
    return answers(rows[a] + rows[b] + rows[c], rows, count, (a, b, c))


@asked("the rows are not brought to length 1 before they are added, so long ones count more. What comes first?")
def not_normalised(a, b, c, table, count):
    return answers(table[b] - table[a] + table[c], table, count, (a, b, c))


@asked(
    "the rows are brought to length 1 for the sum, and then dots with the table as it was are compared. With which "
    "rows?"
)
def dots_with_the_table(a, b, c, table, count):
    rows = F.normalize(table)
    return order_of(table @ (rows[b] - rows[a] + rows[c]), count, (a, b, c))


@asked("too few come back: the words of the question were taken out of a list that was cut already. What comes first?")
def cut_before_the_question(a, b, c, table, count):
    rows = F.normalize(table)
    return [row for row in answers(rows[b] - rows[a] + rows[c], rows, count, ()) if row not in (a, b, c)]


@asked("the columns are brought to length 1, not the rows. Which axis holds the numbers of one word?")
def columns_normalised(a, b, c, table, count):
    rows = F.normalize(table, dim=0)
    return answers(rows[b] - rows[a] + rows[c], rows, count, (a, b, c))


@asked("these are the neighbours of b alone. What are a and c for?")
def neighbours_of_b(a, b, c, table, count):
    return answers(table[b], table, count, (a, b, c))


@asked("these are the neighbours of c alone. What are a and b for?")
def neighbours_of_c(a, b, c, table, count):
    return answers(table[c], table, count, (a, b, c))

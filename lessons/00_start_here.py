# %% [markdown]
# # 00 Start here
#
# This is a rehearsal. The exercise is so small that you can give your attention to how exercises work here; from
# the next notebook on, you will want it for attention.

# %% [markdown]
# **You will do** one exercise, 1 point.
#
# **You will learn** how to read a check, how to try again, how to validate, and how to hand in.
#
# **You need** to know what a Python function is.
#
# **It takes** about ten minutes.

# %% given imports
import numpy as np

from attention_course import environment
from attention_course.checks import CheckError
from attention_course.checks import start_here as checks
from attention_course.figures import start_here as figures

# %% [markdown]
# If that cell ran without an error, the course is installed. To run a cell, click into it and press Shift+Enter.
# The number in brackets beside it counts the runs.
#
# Now see what this computer has. A GPU is welcome and never needed: a CPU with two cores runs everything that is
# required.

# %%
environment.report()

# %% [markdown]
# ## How an exercise works
#
# You write in the exercise cell. The check cell below it is locked: it tries a few cases that you may read (run
# `checks.double??` to read them). When something is off, it says what it expected and what came, and you try again,
# as often as you like.
#
# Grading uses other cases, more of them, with fresh numbers. So an answer must be right in general; knowing the
# visible cases by heart is not enough.

# %%
figures.life_of_an_answer()

# %% [markdown]
# ## What a check says
#
# Let us make mistakes on purpose. The exercise asks for a function that doubles. Here are three that somebody might
# hand in.
#
# **Predict, then run:** which of them do you think will pass?

# %%
attempts = {
    "squares": lambda x: x**2,
    "forgets to return": lambda x: None,
    "returns it twice": lambda x: [x, x],
}
for name, attempt in attempts.items():
    try:
        checks.double(attempt)
    except CheckError as message:
        print(f"{name}: {message}\n")


# %% [markdown]
# None passes, and each gets a sentence of its own. Read such a sentence to its end: it often closes with the
# question to ask next.

# %% [markdown]
# Your code may also stop with an error of its own, a `TypeError` for example. Then the check says which case it had
# tried, with the shapes of the arrays, and shows your lines. A `ValueError` with two shapes in it is a hint too: which
# axis did you expect where?
#
# And an exercise that you have not begun? The check says that it is still to be written; a cell that uses it stops
# with a bare `NotImplementedError`. That is a reminder, nothing is broken. With a text behind it, it comes from a
# library, which cannot do what you asked of it.

# %% [markdown]
# Such an error looks like this:
#
# ```text
# add_a_word stops with a TypeError for x = 21
#   Cell In[5], line 2, in add_a_word
# ----> return x + "twice"
# TypeError: unsupported operand type(s) for +: 'int' and 'str'
# ```
#
# The first line is the case, the arrow points at your line, the last line is what Python says of it. Read the last
# line first.

# %% [markdown]
# ## When a cell does not end
#
# `[*]` beside a cell means that it is at work. If it stays for many seconds, there may be an endless loop in your
# code. Press the square button **Interrupt the kernel** (menu *Kernel*). The check then shows the line that was at
# work.
#
# After a pause or a restart the kernel has forgotten everything. Click into the cell where you want to go on, and
# choose *Run*, *Run All Above Selected Cell*. It stops at the first check that fails; run the cells below that one by
# hand.

# %% [markdown]
# ## When you are stuck
#
# Below most exercises are three hints, each says more than the one before. In the next notebooks there is a fourth
# help: you can **borrow** a right version. It earns no points, but you can go on, and come back another day.
#
# When a check holds, it counts your points: "2 points; 4 of 22 so far".

# %% [markdown]
# ## Your turn
#
# Replace `raise NotImplementedError()` by your code. Leave the name and the arguments of the function as they are:
# the check calls it by them.
#
# The text under `def` is the **docstring**. It says what comes in, what goes out and what else must hold. In this
# course it decides every question of detail.
#
# **Predict:** what is `2 * [1, 2]` in Python, and what is `2 * np.array([1, 2])`?
#
# <details><summary>Answer</summary>
#
# `[1, 2, 1, 2]` and `array([2, 4])`. Times a number, a list repeats itself and an array computes. We use arrays.
# </details>

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Which operator works alike for the number 21 and for an array of numbers?
# </details>
# <details><summary>Hint 2: a nudge</summary>
#
# `x *= 2` works too, but it writes into the array that came in, and its owner will wonder. Make a new one.
# </details>
# <details><summary>Hint 3: nearly there</summary>
#
# One line, beginning with `return`.
# </details>

# %% exercise double
def double(x):
    """Return twice x.

    Args:
        x: a number, or a NumPy array of any shape.

    Returns:
        A number or an array of the same shape. The array that came in stays as it was.

    >>> double(21)
    42
    """
    # BEGIN SOLUTION
    return 2 * x
    # END SOLUTION


# %% check double points=1
# BEGIN HIDDEN TESTS
from autograder.exams import start_here as exam

exam.double(double)
# END HIDDEN TESTS
checks.double(double)

# %% [markdown]
# After a check there is often a small cell that uses what you wrote. This one shows why the docstring insists that
# the array stays as it was.

# %%
price = np.array([1.5, 2.0, 10.0])
for_two = double(price)
print("for two:", for_two)
print("for one:", price)

# %% [markdown]
# ## Validate
#
# Cells can be run in any order, and an old variable can hide a mistake. **Validate**, the button above the
# notebook, runs everything from an empty kernel, from top to bottom, and reports which visible checks fail.
#
# Try it now. If you have no such button, choose *Restart Kernel and Run All Cells* in the menu *Kernel*. That stops at
# the first check that fails, and the checks below it say nothing. `make check` in a terminal tries them all.
#
# Validate shortens what a check says. To read the whole sentence, run the check cell.
#
# Validate knows the visible checks only. Grading looks further.

# %% [markdown]
# ## Hand in
#
# Save the notebook. If your course uses nbgrader's *Assignment List* (menu *Nbgrader*), press **Submit** there; you
# may submit again until the deadline. Otherwise hand in the `.ipynb` file in the way your instructor says. Keep its
# name.

# %% [markdown]
# What happens then:
#
# - Locked cells come back as they were, whatever happened to them.
# - A cell must not wait for the keyboard: nobody is there to answer `input()`.
# - One mistake costs once. If an exercise is wrong, later ones are graded with a right version of it in place.
# - Points are given for each check cell, so a half-finished notebook earns what is right in it.

# %% [markdown]
# ## Done
#
# - one exercise, checked
# - what a check says, read to its end
# - the notebook validated
# - how to hand in
#
# Next: **01 Attention from scratch in NumPy**.

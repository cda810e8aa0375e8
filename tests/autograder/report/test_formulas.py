"""Formulas are drawn without a script, and a formula is never anything else."""

import re
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from autograder.report.formulas import LONGEST, MOST, draw_formulas, mathml

LESSONS = Path(__file__).parents[3] / "lessons"


def test_formulas_in_text_are_drawn():
    page = draw_formulas("<p>if $a_i &lt; b$ then $$x^2$$ and \\begin{align*} a &amp;= b \\end{align*} end</p>")
    assert page.count("<math") == 3
    assert '<math display="inline"><mrow><msub><mi>a</mi><mi>i</mi></msub><mo>&lt;</mo><mi>b</mi></mrow></math>' in page
    assert page.count('display="block"') == 2
    assert page.startswith("<p>if <math")
    assert page.endswith("</math> end</p>")


@pytest.mark.parametrize(
    "page", ["<pre>$a$</pre>", "<code>$a$ <b>x</b> $b$</code>", "<p title='$a$'>5 $</p>", r"<p>\$5 \$6</p>"]
)
def test_code_attributes_and_prices_stay(page):
    assert draw_formulas(page) == page


def test_every_formula_of_the_course_is_drawn():
    formulas = [f[1] for p in LESSONS.glob("*.py") for f in re.finditer(r"\$\$?([^$`\n]+)\$\$?", p.read_text())]
    assert len(formulas) > 100
    for formula in formulas:
        drawn = mathml(formula, block=True)
        assert drawn, formula
        ElementTree.fromstring(drawn)


@pytest.mark.parametrize(
    "formula",
    [
        r"\text{<img src=x onerror=alert(1)>}",
        r"\text{&lt;img src=x onerror=alert(1)&gt;}",
        r"<img src=x onerror=alert(1)>",
        r"\href{javascript:alert(1)}{x}",
        r"\class{navbar-fixed-top}{x}\cssId{top}{x}\style{position:fixed}{x}",
        r'\mathop{"><script>alert(1)</script>}',
        r'\color{red" onclick="alert(1)}{x}',
        r'\begin{array}{c" onclick="x}a\end{array}',
        r'\hspace{1em" onclick="x}x',
    ],
)
def test_a_formula_has_no_markup_of_its_own(formula):
    drawn = mathml(formula, block=False)
    for element in ElementTree.fromstring(drawn).iter() if drawn else ():
        assert element.tag.startswith("m")
        assert not {"href", "class", "id", "style", "onclick", "onerror", "src"} & element.attrib.keys()
    assert not re.search(r"<(?!/?m)", drawn)


@pytest.mark.parametrize(
    "formula", ["{" * 5000, "x" * (LONGEST + 1), r"\frac{", r"\left(", r"\begin{nothing}x\end{nothing}"]
)
def test_what_cannot_be_read_stays(formula):
    assert draw_formulas(f"<p>$${formula}$$</p>").count("<p>") == 1


@pytest.mark.parametrize("text", ["\\(" * 50_000, "$a" * 50_000, "\\begin{a}" * 10_000, "$$" * 50_000 + "$"])
def test_text_made_for_slow_readers_is_done_with_quickly(text):
    begun = time.process_time()
    draw_formulas(f"<p>{text}</p>")
    assert time.process_time() - begun < 5


def test_a_page_draws_so_many_formulas():
    page = draw_formulas("".join(f"<p>$x_{{{n}}}$</p>" for n in range(MOST + 50)))
    assert page.count("<math") == MOST

"""What an honest learner shows is still to be seen after cleaning; tests/attacks/test_pages.py has the other side."""

import io
import re
import time
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from matplotlib.figure import Figure
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import from_dict
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

from attention_course.figures.canvas import new_figure, picture
from autograder.submission.cleaning import LONGEST_HTML, MOST_HTML, can_be_shown, clean, clean_output
from autograder.submission.incident import Incident, note_cell
from autograder.submission.markup import clean_html, clean_svg
from autograder.submission.prose import clean_markdown

ROOT = Path(__file__).parents[3]
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

FRAME = """<div>
<style scoped>
    .dataframe tbody tr th:only-of-type {
        vertical-align: middle;
    }

    .dataframe thead th {
        text-align: right;
    }
</style>
<table border="1" class="dataframe">
  <thead>
    <tr style="text-align: right;"><th></th><th>loss</th></tr>
  </thead>
  <tbody>
    <tr><th>0</th><td>1.5</td></tr>
  </tbody>
</table>
</div>"""
STYLED = """<style type="text/css">
#T_ab12_row0_col0, #T_ab12_row1_col0 {
  background-color: #440154;
  color: #f1f1f1;
}
#T_ab12 td:hover {
  background: linear-gradient(90deg, #5fba7d 33.3%, transparent 33.3%);
}
</style>
<table id="T_ab12">
  <caption>Losses</caption>
  <thead>
    <tr><th class="blank level0" >&nbsp;</th><th id="T_ab12_level0_col0" class="col_heading level0 col0" >loss</th></tr>
  </thead>
  <tbody>
    <tr><th id="T_ab12_level0_row0" class="row_heading level0 row0" >a</th>
    <td id="T_ab12_row0_col0" class="data row0 col0" >1.5</td></tr>
  </tbody>
</table>"""


def shown(data, metadata=None):
    output = new_output("display_data", data, metadata=metadata or {})
    return clean_output(output)


def styled_by(html):
    """{id: its background colour} as a browser applies the style sheets in some HTML."""
    sheet = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", sheet)
    return {
        name: re.search(r"background-color:\s*(\S+?);?(\s|$)", body)[1]
        for selectors, body in rules
        for name in re.findall(r"#([\w-]+)", selectors)
        if "background-color" in body
    }


def test_a_table_of_pandas_stays():
    html = clean_html(FRAME)
    assert 'class="dataframe"' in html
    assert 'border="1"' in html
    assert 'style="text-align: right;"' in html
    assert "vertical-align: middle" in html
    assert "text-align: right" in html.partition("</style>")[0]


def test_a_styled_table_of_pandas_stays_styled():
    html = clean_html(STYLED)
    colours = styled_by(html)
    assert set(colours.values()) == {"#440154"}
    for name in colours:
        assert name.endswith(("row0_col0", "row1_col0"))
    assert f'id="{next(iter(colours))}"' in html
    assert 'class="col_heading level0 col0"' in html
    assert "linear-gradient(90deg, #5fba7d 33.3%, transparent 33.3%)" in html
    assert "<caption>Losses</caption>" in html


def test_a_style_sheet_reaches_the_learners_own_output_alone():
    html = clean_html(
        "<style>body, .panel > * { display: none } #x { color: red } + p, p ~ p {color: red}</style><p id=x>a</p>"
    )
    sheet = html.partition("</style>")[0].removeprefix("<style>")
    for line in sheet.splitlines():
        assert all(part.strip().startswith(".learner-html ") for part in line.partition("{")[0].split(","))
    assert "#learner-x { color: red }" in sheet
    assert '<div class="learner-html"><p id="learner-x">a</p></div>' in html


def test_the_courses_own_figure_stays():
    figure, axes = new_figure(3, 2)
    axes.plot([1, 2])
    html = picture(figure, 'a line that "rises" & <ends>')
    cleaned = clean_html(html)
    assert re.search(r'src="data:image/png;base64,[\w+/=]{1000,}"', cleaned)
    assert re.search('width="\\d+"', cleaned)
    assert "max-width: 100%; background: white" in cleaned
    assert "a line that &quot;rises&quot; &amp; &lt;ends&gt;" in cleaned


def test_a_picture_keeps_its_size_and_its_words():
    mime = "image/png"
    output = shown(
        {mime: PNG + "\n", "text/plain": "<Figure>"}, {mime: {"width": 300, "height": 200.5, "alt": "two bars"}}
    )
    assert output.data == {mime: PNG, "text/plain": "<Figure>"}
    assert output.metadata == {mime: {"width": 300, "height": 200.5, "alt": "two bars"}}


def test_a_drawing_of_matplotlib_keeps_its_shapes():
    figure = Figure()
    figure.add_subplot().plot([1, 2, 4])
    file = io.StringIO()
    figure.savefig(file, format="svg")
    text = file.getvalue()
    cleaned = clean_svg(text)
    for shape in ("<path", "<use", "clip-path=", "<g "):
        assert cleaned.count(shape) == text.count(shape)
    assert 'xlink:href="#' in cleaned
    assert "viewBox" in cleaned


@pytest.mark.parametrize(
    "text",
    [
        "$\\displaystyle \\frac{a<b}{c}$",
        "plain words, *emphasis*, `x[0](y)` and a < b",
        "See [the paper](https://arxiv.org/abs/1706.03762 'Attention') or <https://e.org>.",
        "$a_{ij}<b$ and $$S = \\frac{Q K^\\top}{\\sqrt d}$$",
        "| a | b |\n|:-:|--:|\n| 1 | <b>2</b> |",
        "```python\nif a < b:\n    print('<script>')\n```",
        "<details><summary>more</summary>\n\ntext\n\n</details>",
        "H<sub>2</sub>O<br>next line<br/>",
        "# A title\n\n- one\n- two\n\n> quoted",
        "<span style='color: red'>red</span>",
        "C:\\data\\style",
    ],
)
def test_harmless_markdown_stays_word_for_word(text):
    assert clean_markdown(text) == text


def test_the_course_itself_stays_word_for_word():
    for path in sorted((ROOT / "solutions").glob("*/*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        before = [cell.source for cell in notebook.cells]
        assert [cell.source for cell in clean(notebook).cells] == before


def test_of_markdown_with_a_script_all_else_stays():
    cleaned = clean_markdown(
        "**bold** $x_1$ <b onclick='f()'>b</b>\n\n```\ncode *x*\n\n[y](z)\n```\n\n<script>f()</script>"
    )
    assert "\n" not in cleaned
    html = rendered(cleaned)
    assert "<strong>bold</strong> $x_1$ <b>b</b>" in html
    assert "<pre><code>code *x*\n\n[y](z)\n</code></pre>" in html
    assert "f()" not in html


def rendered(text):
    """What nbconvert and then a browser make of markdown."""
    html = MarkdownWithMath(IPythonRenderer(escape=False, attachments={})).render(text)
    return str(BeautifulSoup(html, "html.parser"))


def test_a_cell_that_is_nothing_but_script_shows_its_source():
    assert "&lt;script&gt;f()\n\nx&lt;/script&gt;" in rendered(clean_markdown("<script>f()\n\nx</script>"))


def text_cell(source, attachments):
    cell = new_markdown_cell(source, attachments=attachments)
    return clean(new_notebook(cells=[cell])).cells[0]


def test_a_pasted_picture_stays():
    source, attachments = "![image.png](attachment:image.png)", {"image.png": {"image/png": PNG}}
    cell = text_cell(source, attachments)
    assert (cell.source, cell.attachments) == (source, attachments)


def test_a_pasted_picture_with_a_blank_in_its_name_is_found():
    cell = text_cell("![my plot](attachment:my%20plot.png)", {"my plot.png": {"image/png": PNG}})
    assert f'src="data:image/png;base64,{PNG}"' in rendered(cell.source)


def test_a_missing_picture_leaves_its_words():
    cell = text_cell("before ![the loss](attachment:gone.png) after", {})
    assert "before [picture: the loss] after" in rendered(cell.source)
    assert "attachments" not in cell


def test_a_raw_cell_shows_its_source():
    cell = clean(new_notebook(cells=[new_raw_cell("<b>a</b>\n\n# b")])).cells[0]
    assert cell.cell_type == "markdown"
    assert "<pre>&lt;b&gt;a&lt;/b&gt;\n\n# b</pre>" in rendered(cell.source)


def test_a_widget_becomes_its_text():
    view = "application/vnd.jupyter.widget-view+json"
    assert shown({view: {"model_id": "1"}, "text/plain": "IntSlider(value=3)"}).data == {
        "text/plain": "IntSlider(value=3)"
    }
    assert "widget-view" in shown({view: {"model_id": "1"}}).data["text/plain"]


def test_a_progress_bar_stays():
    style = "width:300px; height:20px; vertical-align: middle;"
    html = f"<div><progress value='3' max='5' style='{style}'></progress> [3/5 00:02]</div>"
    assert clean_html(html) == html.replace("'", '"')


def test_text_of_rich_keeps_its_colours():
    style = "white-space:pre;overflow-x:auto;line-height:normal;font-family:Menlo,'DejaVu Sans Mono',monospace"
    html = f'<pre style="{style}">'
    html += '<span style="color: #008000; text-decoration-color: #008000">ok</span></pre>'
    assert clean_html(html).replace("&#39;", "'") == html


def test_latex_and_text_stay():
    data = {"text/latex": "$\\displaystyle \\sqrt{2} < x$", "text/plain": "sqrt(2) < x"}
    assert shown(data).data == data


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 40_000,
        "<b>" * 40_000,
        "<style>" * 28_000,
        "<style " * 28_000,
        f"<style>p {{ color: {'(' * 90_000} }}</style>",
        f"<style>{'a{' * 50_000}</style>",
        f"<p style='color: {'rgb(' * 30_000}'>x</p>",
        "<!--" * 40_000,
        "<p title='" * 20_000,
        "<table><td>" * 18_000,
    ],
)
def test_html_made_for_slow_parsers_is_done_with_quickly(html):
    begun = time.process_time()
    shown({"text/html": html, "text/plain": "x"})
    clean_markdown(html[:40_000])
    assert time.process_time() - begun < 3


def test_html_that_is_too_deep_becomes_text():
    assert shown({"text/html": "<div>" * 5000 + "x", "text/plain": "x"}).data == {"text/plain": "x"}


def test_html_that_is_too_long_becomes_text():
    begun = time.perf_counter()
    output = shown({"text/html": "<div class=a>x</div>" * 400_000, "text/plain": "a large table"})
    assert output.data == {"text/plain": "a large table"}
    assert time.perf_counter() - begun < 2


def test_a_picture_in_html_is_not_what_makes_it_too_long():
    html = f'<img src="data:image/png;base64,{PNG[:-2]}{"A" * 2 * LONGEST_HTML}==">'
    assert len(shown({"text/html": html, "text/plain": "x"}).data["text/html"]) > LONGEST_HTML


def test_many_outputs_together_are_not_longer_than_a_page_can_be():
    html = "<p>x</p>" * 20_000
    cells = [
        new_code_cell("", outputs=[new_output("display_data", {"text/html": html, "text/plain": "x"})])
        for _ in range(12)
    ]
    left = [cell.outputs[0].data.get("text/html", "") for cell in clean(new_notebook(cells=cells)).cells]
    assert MOST_HTML - len(html) < sum(map(len, left)) <= MOST_HTML


def test_metadata_of_a_learners_goes_and_the_courses_stays():
    notebook = new_notebook(cells=[new_code_cell("x", metadata={"tags": ["a"], "nbgrader": {"grade_id": "a"}})])
    notebook.metadata = from_dict(
        {"widgets": 5, "title": "x", "language": "<b>", "attention_course": {"a": 1}}
        | {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}
        | {
            "language_info": {
                "name": "python",
                "codemirror_mode": {"name": "ipython", "version": 3},
                "mimetype": "text/x-python",
            }
        }
    )
    before = {name: notebook.metadata[name] for name in ("kernelspec", "language_info", "attention_course")}
    clean(notebook)
    assert notebook.metadata == before
    assert notebook.cells[0].metadata == {"nbgrader": {"grade_id": "a"}}


def test_a_note_shows_learners_words_as_they_are():
    message = "the notebook asked for `x <b>`, *not* <i>python3</i> $a$ [b](c) ![d](attachment:e.png) and 'f'"
    html = rendered(note_cell([Incident("wrong kernel", "check_a", message)]).source)
    expected = (
        "for <code>x &lt;b&gt;</code>, *not* &lt;i&gt;python3&lt;/i&gt; $a$ [b](c) ![d](attachment:e.png) and 'f'"
    )
    assert expected in html
    assert "<strong>wrong kernel</strong> (<code>check_a</code>)" in html


@pytest.mark.parametrize("name", ["ada", "o'neil & co", 'Anna "Ann" Smith', "吴", "a=b", "name (1)"])
def test_names_that_people_have_can_be_shown(name):
    assert can_be_shown(name)


@pytest.mark.parametrize("name", ["<b>", 'x";alert(1);"', 'x" onclick="a', "a</script>", 'x"-`a`-"'])
def test_names_that_are_markup_or_script_cannot(name):
    assert not can_be_shown(name)

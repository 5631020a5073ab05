"""Tests of the notebooks in other programs: nbformat, papermill, nbconvert. Part of `.ci/python`; most need Go."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from papermill.exceptions import PapermillException
from papermill.parameterize import parameterize_notebook

import pnclab_papermill
from pnclab_papermill import GoTranslator

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def pnclab(tmp_path_factory):
    """Return the path of the command."""
    if path := os.environ.get("PNCLAB"):
        return path
    if not shutil.which("go"):
        pytest.skip("needs Go")
    path = tmp_path_factory.mktemp("bin") / "pnclab"
    subprocess.run(["go", "build", "-o", path, "."], cwd=ROOT, check=True)
    return str(path)


def run(*command, **more):
    """Run a command and return what it prints; fail with that if it fails."""
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    assert done.returncode == 0, done.stdout
    return done.stdout


# nbformat


def assert_valid(nb):
    """Hold a notebook to nbformat's schema, without the repairs that nbformat.validate makes, and cell ids to be unique."""
    errors = nbformat.validator.get_validator(nb["nbformat"], nb["nbformat_minor"]).iter_errors(nb)
    assert [e.message for e in errors] == []
    ids = [c["id"] for c in nb["cells"] if "id" in c]
    assert len(set(ids)) == len(ids)


def cell(kind="code", **more):
    extra = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "metadata": {}, "source": "", **extra, **more}


STREAM = {"output_type": "stream", "name": "stdout", "text": "x"}
ODD = {
    "missing ids": {"nbformat_minor": 5, "cells": [cell(outputs=[STREAM]), cell("markdown")]},
    "null ids": {"nbformat_minor": 5, "cells": [cell(id=None, outputs=[STREAM]), cell(id=None)]},
    "doubled ids": {"nbformat_minor": 5, "cells": [cell(id="a", outputs=[STREAM]), cell(id="a"), cell(id="cell-2")]},
    "forbidden ids": {"nbformat_minor": 5, "cells": [cell(id="a b", outputs=[STREAM]), cell(id=""), cell(id="x" * 65), cell(id=3)]},
    "ids before 4.5": {"nbformat_minor": 2, "cells": [cell(id="a", outputs=[STREAM])]},
    "no version": {"cells": [cell(outputs=[STREAM])]},
    "unknown keys": {"nbformat_minor": 5, "cells": [cell(outputs=[STREAM], prompt_number=1, attachments={})], "worksheets": []},
    "kernel without a name": {"nbformat_minor": 5, "cells": [cell(outputs=[STREAM])], "metadata": {"kernelspec": {}, "language_info": {}}},
}


def test_the_schema_is_strict():
    """The odd notebooks are not valid before."""
    for name, odd in ODD.items():
        with pytest.raises((AssertionError, KeyError)):
            assert_valid({"nbformat": 4, "metadata": {}, **odd})
            print(name, "is valid")


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_odd_notebooks_become_valid(pnclab, tmp_path, name, end):
    (tmp_path / "go.mod").write_text("module pnclab\n")
    (tmp_path / "notebooks").mkdir()
    file = tmp_path / "notebooks" / "00_odd.ipynb"
    text = json.dumps({"nbformat": 4, "metadata": {}, **ODD[name]}, indent=1).replace("\n", end)
    file.write_bytes(("\ufeff" + text).encode())
    assert "outputs removed from 1 notebook" in run(pnclab, "reproduce", "--strip", cwd=tmp_path)
    nb = json.loads(file.read_text(encoding="utf-8"))
    assert_valid(nb)
    assert len(nb["cells"]) == len(ODD[name]["cells"])


@pytest.mark.parametrize("file", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda f: f.stem)
def test_our_notebooks_are_valid(file):
    assert_valid(json.loads(file.read_text(encoding="utf-8")))


def test_new_notebook_is_valid(pnclab, tmp_path):
    run(pnclab, "new", tmp_path / "mine.ipynb", cwd=ROOT)
    assert_valid(json.loads((tmp_path / "mine.ipynb").read_text()))


# Parameters

CELL = """%noautoget
// The experiment.
var preset = "quick" // quick or paper
var (
\tseeds         = 10  // runs
\txi    float64 = 1
\tnoise         = 0.5
\tsmall         = 1e-3
\tpart          = 1 / 3.0
\twait          = 10 * time.Second
\txis           = []float64{.1, .3}
\tfancy         = true
\tlevel Level   = "low"
\turl           = "http://x" // where
\tnet           = build()
)"""


def notebook(source=CELL):
    nb = nbformat.v4.new_notebook()
    nb.cells = [nbformat.v4.new_code_cell("%noautoget"), nbformat.v4.new_code_cell(source)]
    nb.cells[0].metadata["tags"], nb.cells[1].metadata["tags"] = [], ["parameters"]
    nb.metadata = {"kernelspec": {"name": "gonb", "language": "go", "display_name": "Go"}, "papermill": {}}
    return nb


def test_inspect():
    assert [tuple(p) for p in GoTranslator.inspect(notebook().cells[1])] == [
        ("preset", "string", '"quick"', "quick or paper"),
        ("seeds", "int", "10", "runs"),
        ("xi", "float64", "1", ""),
        ("noise", "float64", "0.5", ""),
        ("small", "float64", "1e-3", ""),
        ("part", "float64", "1 / 3.0", ""),
        ("wait", "time.Duration", "10 * time.Second", ""),
        ("xis", "[]float64", "[]float64{.1, .3}", ""),
        ("fancy", "bool", "true", ""),
        ("level", "Level", '"low"', ""),
        ("url", "string", '"http://x"', "where"),
        ("net", "None", "build()", ""),
    ]


@pytest.mark.parametrize("name, value, want", [
    ("preset", 'a "b"\n', 'var preset string = "a \\"b\\"\\n"'),
    ("preset", "ε😀", 'var preset string = "ε😀"'),
    ("preset", 3, 'var preset string = "3"'),
    ("seeds", 3, "var seeds int = 3"),
    ("seeds", 3.0, "var seeds int = 3"),
    ("xi", 2, "var xi float64 = 2"),
    ("noise", 2, "var noise float64 = 2"),
    ("noise", 1e-7, "var noise float64 = 1e-07"),
    ("part", 2, "var part float64 = 2"),
    ("wait", "2*time.Minute", "var wait time.Duration = 2*time.Minute"),
    ("xis", [1, 0.5], "var xis []float64 = []float64{1, 0.5}"),
    ("xis", [], "var xis []float64 = []float64{}"),
    ("fancy", False, "var fancy bool = false"),
    ("level", "high", 'var level Level = "high"'),
    ("net", 2.5, "var net float64 = 2.5"),
    ("unknown", 2, "var unknown int = 2"),
    ("unknown", ["a", "b"], 'var unknown []string = []string{"a", "b"}'),
    ("unknown", [1, 2.5], "var unknown []float64 = []float64{1, 2.5}"),
])
def test_translate(name, value, want):
    GoTranslator.inspect(notebook().cells[1])
    assert GoTranslator.codify({name: value}) == f"// Parameters\n{want}\n"


@pytest.mark.parametrize("name, value, want", [
    ("seeds", 2.5, "seeds is of type int, which 2.5 is not"),
    ("seeds", "many", "seeds is of type int, which 'many' is not"),
    ("seeds", True, "seeds is of type int, which True is not"),
    ("fancy", 1, "fancy is of type bool, which 1 is not"),
    ("noise", float("nan"), "noise is of type float64, which nan is not"),
    ("noise", None, "noise is of type float64, which None is not"),
    ("wait", 3, "wait is of type time.Duration; give a Go expression as text"),
    ("net", 2, "net is declared without a type that can be read"),
    ("unknown", None, "unknown: None has no type in Go"),
    ("unknown", [1, "a"], "unknown: [1, 'a'] has no type in Go"),
    ("unknown", {"a": 1}, "unknown: {'a': 1} has no type in Go"),
])
def test_translate_refuses(name, value, want):
    GoTranslator.inspect(notebook().cells[1])
    with pytest.raises(PapermillException, match=re.escape(want)):
        GoTranslator.codify({name: value})


def test_types_of_another_notebook_are_not_taken():
    GoTranslator.inspect(notebook("var n = 0.5").cells[1])
    GoTranslator.codify({})
    assert "var n int = 2" in parameterize_notebook(notebook("var n = 1"), {"n": 2}).cells[2].source


# The kernel in other programs


@pytest.fixture(scope="session")
def environment(pnclab, tmp_path_factory):
    """Return environment variables with which Jupyter's programs find the kernel."""
    prefix = tmp_path_factory.mktemp("an environment")
    run(pnclab, "kernelspec", "install", "--prefix", prefix, cwd=ROOT)
    # This folder on the path, as pip would put it there; what Go knows of other modules does not matter.
    return {**os.environ, "GOWORK": "off", "GOFLAGS": "-mod=mod", "JUPYTER_PATH": str(prefix / "share" / "jupyter"), "PYTHONPATH": str(ROOT / "python"), "PNC_OFFLINE": "1"}


SMALL = """import "fmt"

%%
fmt.Printf("half of %v is %v, %s\\n", xi, xi/2, name)
"""


def small(folder):
    nb = notebook('var (\n\txi   = 0.3\n\tname = "x"\n)')
    nb.cells.append(nbformat.v4.new_code_cell(SMALL))
    del nb.metadata["papermill"]
    nbformat.write(nb, folder / "in.ipynb")
    return folder / "in.ipynb"


def test_papermill(environment, tmp_path):
    nb = small(tmp_path)
    run(sys.executable, ROOT / "python" / "pnclab_papermill.py", nb, tmp_path / "out.ipynb", "-p", "xi", "5", "-p", "name", "a b", env=environment)
    out = nbformat.read(tmp_path / "out.ipynb", 4)
    assert out.cells[2].metadata.tags == ["injected-parameters"]
    assert [o.text for o in out.cells[3].outputs] == ["half of 5 is 2.5, a b\n"]


def test_papermill_refuses(environment, tmp_path):
    nb = small(tmp_path)
    done = subprocess.run([sys.executable, ROOT / "python" / "pnclab_papermill.py", nb, tmp_path / "out.ipynb", "-p", "xi", "many"],
                          env=environment, capture_output=True, text=True)
    assert done.returncode != 0 and "parameter xi is of type float64, which 'many' is not" in done.stderr


def test_papermill_finds_the_installed_module(environment, tmp_path):
    """Plain papermill -p, as after pip install ./python."""
    site, source = tmp_path / "site", tmp_path / "source"
    shutil.copytree(ROOT / "python", source)  # pip leaves files behind where it builds
    done = subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check", "--target", site, source],
                          capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip("pip cannot build here: " + done.stderr.strip().splitlines()[-1])
    nb = small(tmp_path)
    run(sys.executable, "-m", "papermill", nb, tmp_path / "out.ipynb", "-p", "xi", "5", env={**environment, "PYTHONPATH": str(site)})
    assert "half of 5 is 2.5" in nbformat.read(tmp_path / "out.ipynb", 4).cells[3].outputs[0].text


def test_papermill_runs_a_new_notebook(pnclab, environment, tmp_path):
    run(pnclab, "new", tmp_path / "mine.ipynb", cwd=ROOT)
    run(sys.executable, ROOT / "python" / "pnclab_papermill.py", "mine.ipynb", "out.ipynb", "-p", "xi", "0.2", env=environment, cwd=tmp_path)
    out = nbformat.read(tmp_path / "out.ipynb", 4)
    assert any("image/png" in o.get("data", {}) for o in out.cells[-1].outputs)


def test_nbconvert(environment, tmp_path):
    nb = small(tmp_path)
    run(sys.executable, "-m", "nbconvert", "--to", "html", "--execute", nb, env=environment)
    assert "half of 0.3 is 0.15, x" in (tmp_path / "in.html").read_text(encoding="utf-8")


def test_version(pnclab):
    assert f"pnclab version {pnclab_papermill.__version__}" in run(pnclab, "--version")

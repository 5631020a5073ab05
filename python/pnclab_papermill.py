"""Parameters of Go notebooks for papermill.

papermill writes a cell that overrides the parameters of a notebook, in the language of
its kernel; this module tells it how to do that in Go. Where it is installed, papermill
finds it by itself:

    pip install ./python
    papermill notebooks/01_theorem.ipynb out.ipynb -p seeds 3 -p noise 0.1

Elsewhere run this file in place of papermill, with the same arguments, or import it
before papermill.execute_notebook is called.

An override has the type of the parameter that it replaces: with -p noise 2 the notebook
has float64(2), not an int, which would divide without a remainder. A parameter whose
type is not a number, a text, true or false, or a list of these takes a Go expression:
-r wait '2*time.Minute'.
"""

import json
import math
import re

from papermill.engines import NBClientEngine
from papermill.exceptions import PapermillException
from papermill.models import Parameter
from papermill.translators import Translator, papermill_translators

__version__ = "0.8.0"  # that of pnc.Version, as a test demands

_BASIC = {"bool", "string", "int", "float64"}

# One declaration: name, type, value and what follows it.
_DECLARATION = re.compile(r"^\s*(?:var\s+)?(\w+)(?:\s+([\w.*\[\]]+))?\s*=\s*(.+)$")
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`')
_COMMENT = re.compile(r"\s*//\s*(.*)$")
_LITERALS = [
    ("string", re.compile(r'^(?:"(?:[^"\\]|\\.)*"|`[^`]*`)$')),
    ("bool", re.compile(r"^(?:true|false)$")),
    ("int", re.compile(r"^[+-]?(?:[0-9][0-9_]*|0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+)$")),
    ("int", re.compile(r"^[\s()+*/-]*[0-9][0-9_\s()+*/-]*$")),
    ("float64", re.compile(r"^[\s()+*/.-]*[0-9][0-9eE_\s()+*/.-]*$")),
    ("time.Duration", re.compile(r"\btime\.[A-Z]")),
]
_COMPOSITE = re.compile(r"^([\w.*\[\]]+)\{")


def _split(line):
    """Return the code and the comment of a line; // inside of a text is code."""
    end = 0
    for text in _TEXT.finditer(line):
        if "//" in line[end : text.start()]:
            break
        end = text.end()
    comment = _COMMENT.search(line, end)
    if not comment:
        return line, ""
    return line[: comment.start()], comment.group(1).strip()


def _type_of(value):
    """Return the type of a Go expression if its syntax shows it, else ''."""
    value = value.strip()
    for name, pattern in _LITERALS:
        if pattern.search(value):
            return name
    composite = _COMPOSITE.match(value)
    return composite.group(1) if composite else ""


class GoTranslator(Translator):
    """Writes parameters as declarations, which override earlier ones in GoNB."""

    # Of the notebook that papermill has inspected last, the type of each parameter and
    # that of its value, which differ for type Level string. papermill inspects before it
    # writes the cell, and tells codify the values only.
    _types = {}

    @classmethod
    def inspect(cls, parameters_cell):
        found = []
        cls._types = {}
        for line in parameters_cell["source"].splitlines():
            code, comment = _split(line)
            declaration = _DECLARATION.match(code)
            if not declaration:
                continue
            name, declared, value = declaration.groups()
            literal = _type_of(value)
            kind = declared or literal
            cls._types[name] = kind, kind if kind in _BASIC or literal not in _BASIC else literal
            found.append(Parameter(name, kind or "None", value.strip(), comment))
        return found

    @classmethod
    def codify(cls, parameters, comment="Parameters"):
        types, cls._types = cls._types, {}
        lines = [cls.comment(comment)]
        for name, value in parameters.items():
            kind, literal = types.get(name, ("", ""))
            if not kind:
                if name in types and type(value) is int:
                    raise PapermillException(f"parameter {name} is declared without a type that can be read; {value} may be an int or a float64: declare one")
                kind = literal = cls._kind(name, value)
            lines.append(f"var {name} {kind} = {cls._go(name, literal, value)}")
        return "\n".join(lines) + "\n"

    @classmethod
    def comment(cls, cmt_str):
        return f"// {cmt_str}".strip()

    @classmethod
    def _kind(cls, name, value):
        """Return the Go type of a Python value."""
        if isinstance(value, bool):
            return "bool"
        if isinstance(value, int):
            return "int"
        if isinstance(value, float):
            return "float64"
        if isinstance(value, str):
            return "string"
        if isinstance(value, list) and value:
            kinds = {cls._kind(name, v) for v in value}
            if kinds == {"int", "float64"}:
                kinds = {"float64"}
            if len(kinds) == 1:
                return "[]" + kinds.pop()
        raise PapermillException(f"parameter {name}: {value!r} has no type in Go that can be known")

    @classmethod
    def _go(cls, name, kind, value):
        """Return a value as a Go expression of a type."""
        if kind.startswith("[]") and isinstance(value, list):
            return kind + "{" + ", ".join(cls._go(name, kind[2:], v) for v in value) + "}"
        if kind not in _BASIC:
            if isinstance(value, str) and value.strip() and "\n" not in value:
                return value
            raise PapermillException(f"parameter {name} is of type {kind}; give a Go expression as text: -r {name} EXPRESSION")
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if kind == "string" and isinstance(value, (str, int, float)):
            return json.dumps(value if isinstance(value, str) else str(value), ensure_ascii=False)
        if kind == "bool" and isinstance(value, bool):
            return "true" if value else "false"
        if kind == "int" and number and math.isfinite(value) and value == int(value):
            return str(int(value))
        if kind == "float64" and number and math.isfinite(value):
            return repr(value)
        raise PapermillException(f"parameter {name} is of type {kind}, which {value!r} is not")


for _name in ("go", "gonb"):
    papermill_translators.register(_name, GoTranslator)


class Engine(NBClientEngine):
    """papermill's own engine. papermill loads the engines of installed packages when it
    starts, which registers the translator."""


if __name__ == "__main__":
    from papermill.cli import papermill

    papermill()

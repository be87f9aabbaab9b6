# ruff: noqa: E501
"""Every language gives its symbols; code languages give their calls too."""

from __future__ import annotations

import pytest

from monkey_coder.workspace.languages import LANGUAGES
from monkey_coder.workspace.symbols import references, symbols
from monkey_coder.workspace.syntax import SyntaxTree

SOURCES = {
    "python": (
        (
            "LIMIT = 3\nclass Shop(Base):\n    tax = 2\n    @property\n    def price(self):\n        return net(self)\n"
            "async def open_all(): ...\n"
        ),
        "variable LIMIT, class Shop, field Shop.tax, method Shop.price, function open_all",
        "Base net",
    ),
    "javascript": (
        (
            "export const LIMIT = 3;\nclass Shop extends Base { #x = 1; get price() { return net(this); } }\n"
            "export const open = async () => all.load(new Door());\nfunction* ids() {}\n"
        ),
        "variable LIMIT, class Shop, field Shop.#x, method Shop.price, function open, function ids",
        "net load Door",
    ),
    "javascriptreact": (
        "export function Page() { return <Frame><Row/></Frame>; }\n",
        "function Page",
        "Frame Row",
    ),
    "typescript": (
        (
            "interface Item { id: number; load(): void }\ntype Ids = number[];\nenum Kind { A }\n"
            "abstract class Shop<T> { private x = 1; abstract f(): void; constructor(readonly a: Item) { run(a); } }\n"
        ),
        (
            "interface Item, field Item.id, method Item.load, type Ids, enum Kind, class Shop, field Shop.x,"
            " method Shop.f, method Shop.constructor"
        ),
        "run",
    ),
    "typescriptreact": ("const Page = (p: Props) => <Frame a={p}/>;\n", "function Page", "Frame"),
    "go": (
        (
            "package a\nconst Limit = 3\ntype Shop struct { Tax int }\ntype Opener interface { Open() error }\n"
            "type Ids []int\nfunc (s *Shop) Price() int { return net(s.items.Len()) }\nfunc Run() {}\n"
        ),
        (
            "constant Limit, class Shop, field Shop.Tax, interface Opener, method Opener.Open, type Ids,"
            " method Price, function Run"
        ),
        "net Len",
    ),
    "rust": (
        (
            "const LIMIT: u8 = 3;\nstruct Shop { tax: u8 }\nenum Kind { A }\ntrait Open { fn open(&self); }\n"
            'impl Open for Shop { fn open(&self) { net(self.go()); println!("x"); } }\nmod inner { fn f() {} }\n'
        ),
        (
            "constant LIMIT, class Shop, field Shop.tax, enum Kind, constant Kind.A, interface Open,"
            " method Open.open, implementation Shop, method Shop.open, module inner, function inner.f"
        ),
        "net go println",
    ),
    "java": (
        (
            "class Shop extends Base { int tax; Shop(int tax) { this.tax = tax; } int price() { return net(new Door()); } }\n"
            "interface Opener { void open(); }\nenum Kind { A }\nrecord Pair(int a) {}\n"
        ),
        (
            "class Shop, field Shop.tax, constructor Shop.Shop, method Shop.price, interface Opener,"
            " method Opener.open, enum Kind, constant Kind.A, class Pair"
        ),
        "net Door",
    ),
    "c": (
        (
            "#define LIMIT 3\nstruct shop { int tax; };\ntypedef struct shop Shop;\nenum kind { A };\n"
            "int net(int x);\nstatic char *name(Shop *s) { return make(s->load(1)); }\nint total = 0;\n"
        ),
        (
            "macro LIMIT, class shop, field shop.tax, type Shop, enum kind, constant kind.A, declaration net,"
            " function name, variable total"
        ),
        "make load",
    ),
    "cpp": (
        (
            "namespace a { class Shop : Base { public: int tax; int price() { return net(); } void open(); }; }\n"
            "void a::Shop::open() { std::move(x); }\ntemplate <class T> T pick(T x) { return x; }\n"
        ),
        (
            "module a, class a.Shop, field a.Shop.tax, method a.Shop.price, method a.Shop.open,"
            " method a::Shop::open, function pick"
        ),
        "net move",
    ),
    "csharp": (
        (
            "namespace A { class Shop : Base { int tax; public int Price { get; } public Shop() {} "
            "int Net(int x) => Load(new Door()); } interface IOpen { void Open(); } enum Kind { A } }\n"
        ),
        (
            "module A, class A.Shop, field A.Shop.tax, property A.Shop.Price, constructor A.Shop.Shop,"
            " method A.Shop.Net, interface A.IOpen, method A.IOpen.Open, enum A.Kind, constant A.Kind.A"
        ),
        "Load Door",
    ),
    "ruby": (
        (
            "module A\n  LIMIT = 3\n  class Shop < Base\n    def price(x)\n      net(x)\n    end\n    def self.open; end\n"
            "  end\nend\n"
        ),
        "module A, constant A.LIMIT, class A.Shop, method A.Shop.price, method A.Shop.open",
        "net",
    ),
    "php": (
        (
            "<?php\nnamespace A;\nclass Shop { const LIMIT = 3; private $tax; function price() { return net($this->load()); } }\n"
            "interface Opener {}\nfunction run() {}\n"
        ),
        (
            "module A, class Shop, constant Shop.LIMIT, field Shop.tax, method Shop.price, interface Opener,"
            " function run"
        ),
        "net load",
    ),
    "shellscript": (
        'LIMIT=3\nrun() {\n  net "$1"\n}\nfunction stop { :; }\n',
        "variable LIMIT, function run, function stop",
        "net",
    ),
    "lua": (
        (
            "local limit = 3\nfunction M.run(a) return net(a) end\nlocal function stop() m:load() end\n"
            "M.go = function() end\n"
        ),
        "variable limit, function run, function stop, function go",
        "net load",
    ),
    "json": ('{"a": {"b": 1}, "c": [2]}', "object a, key a.b, array c", ""),
    "yaml": ("a:\n  b: 1\nc: [2]\n", "key a, key a.b, key c", ""),
    "toml": (
        "x = 1\n[tool.a]\nb = 1\n[[list]]\nc = 2\n",
        "key x, object tool.a, key tool.a.b, array list, key list.c",
        "",
    ),
    "html": ('<div id="top"><p>x</p></div>', "element div#top, element div#top.p", ""),
    "css": (
        ":root { --x: 1 }\na, b { top: 0 }\n@media print { c { top: 0 } }\n",
        "rule :root, variable :root.--x, rule a, b, rule print, rule print.c",
        "",
    ),
    "markdown": ("# One\n\ntext\n\n## Two\n\n# Three\n", "heading One, heading One.Two, heading Three", ""),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_symbols_of(language: str) -> None:
    source, expected, calls = SOURCES[language]
    tree = SyntaxTree(source, language)
    found = ", ".join(f"{symbol.kind} {symbol.qualified_name}" for symbol in symbols(tree))
    assert found == expected
    named = [reference.name for reference in references(tree) if reference.kind in ("call", "class")]
    assert [name for name in calls.split() if name not in named] == []
    assert len(calls.split()) <= len(named) or not calls


def test_places_are_characters_after_text_beyond_ascii() -> None:
    source = "π = '𝄞'\ndef größe(): ...\n"
    symbol = symbols(SyntaxTree(source, "python"))[-1]
    assert source[symbol.name_span.start : symbol.name_span.end] == "größe"
    assert source[symbol.span.start : symbol.span.end] == "def größe(): ..."
    assert symbol.line == 2


def test_a_language_without_a_grammar_has_no_symbols() -> None:
    assert symbols(SyntaxTree("x = 1", "plaintext")) == ()

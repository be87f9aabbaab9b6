"""Which variations are worth showing, and what is said of them."""

from __future__ import annotations

from monkey_coder.creative.variation import (
    Measures,
    Part,
    Variation,
    chosen,
    harmony_bits,
    rhythm,
    trade_off,
)

ROW = "for row in rows : total += row ."


def variation(name: str, bits: float, beat: float, tension: float, n: int = 1) -> Variation:
    return Variation(Part.VERSE, name, f"text of {name}", Measures(bits, beat, tension, n))


def names(*given: Variation) -> list[str]:
    return [one.producer for one in chosen(given)]


def test_one_that_is_beaten_in_everything_is_left_out_and_small_changes_come_first() -> None:
    assert names(
        variation("simple", 5, 0, 1, 9), variation("natural", 2, 0, 4, 3), variation("worse", 5, 1, 4, 1)
    ) == ["natural", "simple"]


def test_of_those_that_measure_alike_the_smallest_change_is_kept() -> None:
    assert names(variation("large", 2, 0, 1, 9), variation("small", 2, 0, 1, 2)) == ["small"]
    assert names() == []


def test_words_that_the_surroundings_use_surprise_less() -> None:
    texts = (f"{ROW} amount " * 3, f"{ROW} price", "reduce ( lambda a , b : a ^ b , queue )")
    around, same, strange = (text.split() for text in texts)
    alike, apart = harmony_bits(around, same), harmony_bits(around, strange)
    assert 0 < alike < apart
    assert harmony_bits(around, []) == 0
    assert harmony_bits([], ["x"]) > 0


def test_rhythm_is_nothing_next_to_itself_and_grows_with_depth_and_length() -> None:
    around = "def f():\n    return 1\n"
    deep = "def f():\n    if a:\n        if b:\n            if c:\n                return 1\n"
    assert rhythm(around, around) == 0
    assert rhythm(around, deep) > rhythm(around, "def g():\n    return 22\n") >= 0
    assert rhythm("", around) == 0


def test_what_is_said_names_gains_and_losses() -> None:
    said = trade_off(Measures(3.0, 0.0, 6, 0), Measures(4.5, 0.5, 3, 1))
    assert said == (
        "simpler (6 → 3), reads less like the code around it (1.5 bits), "
        "line length and nesting farther from the surroundings', 1 line changed"
    )

"""How far the checks can be trusted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verifier:
    """What the checks get wrong: the share of bad answers they accept, of good ones they reject.

    What nothing is known of is taken to accept a tenth of the bad and reject a twentieth of the good.
    """

    false_accept: float = 0.1
    false_reject: float = 0.05

    def __post_init__(self) -> None:
        if not (0 <= self.false_accept <= 1 and 0 <= self.false_reject <= 1):
            raise ValueError(f"the rates of a verifier lie between 0 and 1: {self!r}")


def calibrated(pairs: Iterable[tuple[bool, bool]], *, strength: float = 20.0) -> Verifier:
    """Return the verifier that (accepted, was really good) pairs speak for.

    Technique: the mean of a Beta posterior for each rate, with the default as prior worth `strength`
    outcomes (Gelman et al., Bayesian Data Analysis, 2.4).
    """
    prior = Verifier()
    good = bad = wrong_rejects = wrong_accepts = 0
    for accepted, was_good in pairs:
        good += was_good
        bad += not was_good
        wrong_rejects += was_good and not accepted
        wrong_accepts += accepted and not was_good
    return Verifier(
        (strength * prior.false_accept + wrong_accepts) / (strength + bad),
        (strength * prior.false_reject + wrong_rejects) / (strength + good),
    )

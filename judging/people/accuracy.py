"""How good a person is before anything is known of this person or pool."""

from math import sqrt

EXPERT_AGREEMENT = 0.81
"""How often two people agree on a pair without ties (MT-bench, Zheng et al. 2023, arXiv
2306.05685, section 4.2); stands in until a pool's own agreement is measured."""
PERSON_ACCURACY = (1 + sqrt(2 * EXPERT_AGREEMENT - 1)) / 2
"""Accuracy q of one answer that gives this agreement: q^2 + (1 - q)^2; about 0.89."""

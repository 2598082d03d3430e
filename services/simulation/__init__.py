from services.simulation.reviewer import SimulatedReviewer
from services.simulation.team import answer_as_team
from services.simulation.truth import Truth, domain_of, truth_of

__all__ = ["SimulatedReviewer", "Truth", "answer_as_team", "domain_of", "truth_of"]

"""From the terms of a configuration to judges over engines that are started."""

from collections.abc import Mapping
from pathlib import Path

from ingot.engine import Engine
from ingot.errors import OrderError, boundary
from ingot.settings import resolve_model
from judging.guarantee.threshold import Certificate
from judging.judges.pairwise import PairJudge
from judging.judges.pointwise import RubricJudge
from judging.judges.protocol import load_protocol
from judging.judges.rubric import load_rubric
from judging.judges.settled import Asker
from judging.rewards.base import RewardModel
from judging.rewards.probability import BradleyTerry
from judging.sandbox.bubblewrap import Sandbox
from judging.verifiers.choose import REGISTRY, VERIFIERS
from judging.verifiers.workers.pool import WorkerPool
from services.rewards.config import (
    CombinedTerms,
    GroupTerms,
    JudgeTerms,
    PairwiseTerms,
    RewardModelTerms,
    RewardsConfig,
    RubricTerms,
    SingleTerms,
    VerifierTerms,
)
from services.rewards.judge import Combination, Judge, Stage
from services.rewards.scorer import BOTH, TWO, Question, Scorer
from services.rewards.scorers.pairwise import PairScorer
from services.rewards.scorers.reward_model import RewardModelScorer
from services.rewards.scorers.rubric import RubricScorer, require_one_score
from services.rewards.scorers.verifier import AsyncVerifier, PoolVerifier


class Builder:
    """Makes judges out of what is there."""

    def __init__(
        self,
        config: RewardsConfig,
        engines: Mapping[str, Engine],
        models: Mapping[str, RewardModel],
        pool: WorkerPool,
        sandbox: Sandbox,
    ) -> None:
        """`engines` are by their names, `models` by the names of the judges that own them."""
        self._config, self._engines, self._models = config, engines, models
        self._verifier = _verifier_stage(pool, sandbox)

    def judges(self) -> dict[str, Judge]:
        """All judges by name: the verifiers, and those of the configuration."""
        terms: dict[str, JudgeTerms] = {"verifier": VerifierTerms(kind="verifier")}
        terms |= {name: VerifierTerms(kind="verifier", verifier=name) for name in VERIFIERS}
        terms |= self._config.judges
        judges = {
            name: self._judge(name, each)
            for name, each in terms.items()
            if not isinstance(each, GroupTerms)
        }
        groups = {
            name: _group(name, each, judges)
            for name, each in terms.items()
            if isinstance(each, GroupTerms)
        }
        return judges | groups

    def _judge(self, name: str, terms: SingleTerms) -> Judge:
        match terms:
            case VerifierTerms():
                _require_verifier(name, terms.verifier)
                return Judge(name, terms.kind, (self._verifier,), terms.verifier)
            case PairwiseTerms():
                stage = self._pairwise(terms)
            case RubricTerms():
                stage = self._rubric(terms)
            case RewardModelTerms():
                stage = self._reward_model(name, terms)
        return Judge(name, terms.kind, (stage,))

    def _pairwise(self, terms: PairwiseTerms) -> Stage:
        protocol = load_protocol(resolve_model(self._config.engines[terms.engine].model))
        engine = self._engines[terms.engine]
        judge = PairJudge(engine, protocol, samples=terms.samples, way=terms.way)
        return _always(PairScorer(judge, engine_lane(terms.engine)), terms.certificate)

    def _rubric(self, terms: RubricTerms) -> Stage:
        rubric = load_rubric(terms.rubric)
        require_one_score(rubric)
        engine = self._engines[terms.engine]
        asker = Asker(engine, terms.style, terms.max_tokens, terms.samples)
        scorer = RubricScorer(RubricJudge(asker, rubric), engine_lane(terms.engine))
        return _always(scorer, terms.certificate)

    def _reward_model(self, name: str, terms: RewardModelTerms) -> Stage:
        scale = BradleyTerry(terms.temperature)
        arity = TWO if terms.certificate else BOTH
        scorer = RewardModelScorer(self._models[name], scale, model_lane(name), arity)
        return _always(scorer, terms.certificate)


def engine_lane(engine: str) -> str:
    """The window of an engine."""
    return f"engine {engine}"


def model_lane(judge: str) -> str:
    """The window of a judge's own model."""
    return f"model of {judge}"


def _require_verifier(judge: str, verifier: str) -> None:
    if verifier and verifier not in VERIFIERS:
        raise OrderError(
            f"judges.{judge}: no verifier {verifier!r}: use one of {', '.join(VERIFIERS)}",
            f"judges.{judge}.verifier",
        )


def _verifier_stage(pool: WorkerPool, sandbox: Sandbox) -> Stage:
    reading = PoolVerifier(pool)
    running = AsyncVerifier(sandbox, lane="programs")
    asking = AsyncVerifier(sandbox, lane="workers")

    def pick(question: Question) -> Scorer:
        if question.verifier not in VERIFIERS:
            raise OrderError(
                f"no verifier {question.verifier!r}: use one of {', '.join(VERIFIERS)}",
                "verifier",
            )
        verifier = REGISTRY[question.verifier]
        if verifier.read is not None:
            return reading
        return running if verifier.runs_programs else asking

    return Stage(pick, BOTH)


def _always(scorer: Scorer, certificate: str) -> Stage:
    """A step with one scorer for every question."""
    return Stage(lambda question: scorer, scorer.arity, _read_certificate(certificate))


def _read_certificate(path: str) -> Certificate | None:
    if not path:
        return None
    with boundary(OrderError, f"{path} is no certificate of a calibration"):
        return Certificate.model_validate_json(Path(path).read_bytes())


def _group(name: str, terms: GroupTerms, judges: Mapping[str, Judge]) -> Judge:
    """Several judges as one; they must agree on how many answers they look at."""
    field = f"judges.{name}.judges"
    for member in terms.judges:
        if member not in judges:
            raise OrderError(
                f"judges.{name}: no judge {member!r} to ask; groups hold no groups", field
            )
    members = [judges[member] for member in terms.judges]
    verifiers = {member.verifier for member in members if member.kind == "verifier"}
    if len(verifiers) > 1:
        raise OrderError(f"judges.{name}: one verifier at most, not {sorted(verifiers)}", field)
    combination = None
    if isinstance(terms, CombinedTerms):
        certificate = _read_certificate(terms.certificate)
        combination = Combination(terms.weights, terms.bias, certificate)
    stages = tuple(stage for member in members for stage in member.stages)
    group = Judge(name, terms.kind, stages, "".join(verifiers), combination)
    if not group.arity:
        raise OrderError(
            f"judges.{name}: its judges look at one answer and at two; choose of one kind", field
        )
    return group

from judging.routing import Reason, Route, Routed
from services.pipeline.people import decided_by_judge


def test_verified_pairs_do_not_rest_on_the_judge() -> None:
    accepted = (Route("par_1", Reason.VERIFIED), Route("par_2", Reason.ABOVE_THRESHOLD))
    assert decided_by_judge(Routed(accepted, to_people=(), audit=())) == ["par_2"]

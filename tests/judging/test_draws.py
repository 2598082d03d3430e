from judging.draws import draw_sample, draw_uniform, in_audit

IDS = [f"par_{i}" for i in range(4000)]


def test_a_sample_depends_on_ids_and_seed_only():
    assert draw_sample(IDS, 50, 1) == draw_sample(reversed(IDS), 50, 1)
    assert draw_sample(IDS, 50, 1) != draw_sample(IDS, 50, 2)
    assert draw_sample(IDS[:3], 50, 1) == draw_sample(IDS[:3], 3, 1)


def test_every_item_is_as_likely_as_any_other():
    chosen = [item for seed in range(400) for item in draw_sample(IDS[:20], 5, seed)]
    counts = [chosen.count(item) for item in IDS[:20]]
    assert max(abs(count - 100) for count in counts) < 4 * (400 * 0.25 * 0.75) ** 0.5


def test_the_audit_takes_its_share():
    share = sum(in_audit(item, 0.1, 0) for item in IDS) / len(IDS)
    assert abs(share - 0.1) < 4 * (0.1 * 0.9 / len(IDS)) ** 0.5
    assert not any(in_audit(item, 0.0, 0) for item in IDS)
    assert all(in_audit(item, 1.0, 0) for item in IDS)


def test_audits_of_other_seeds_are_other_samples():
    first, second = ({i for i in IDS if in_audit(i, 0.2, seed)} for seed in (0, 1))
    assert 0.1 < len(first & second) / len(first) < 0.3


def test_uniform_draws_lie_in_the_unit_interval():
    values = [draw_uniform(i) for i in range(1000)]
    assert 0 <= min(values) < 0.05 < 0.95 < max(values) < 1

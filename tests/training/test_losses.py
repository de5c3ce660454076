import pytest

torch = pytest.importorskip("torch", reason="torch is there for training alone")

from onnx_models.training.losses import DECISIVE_WEIGHT, partial_label_loss  # noqa: E402
from onnx_models.training.network import UNet  # noqa: E402
from onnx_models.training.train import learning_rate  # noqa: E402

ANYTHING, BODY, POSTERIOR, DECISIVE = 63, 1 << 1, 1 << 2, 64


def logits(tissue: int, size: int = 16) -> "torch.Tensor":
    """The network is sure of one tissue everywhere."""
    out = torch.zeros(1, 6, size, size)
    out[:, tissue] = 12
    return out


def test_a_voxel_that_allows_everything_teaches_nothing() -> None:
    scores = torch.randn(1, 6, 16, 16, requires_grad=True)
    partial_label_loss(scores, torch.full((1, 16, 16), ANYTHING, dtype=torch.uint8)).backward()
    assert scores.grad is not None
    assert scores.grad.abs().max() < 1e-6


def test_any_member_of_a_set_is_right_and_no_other() -> None:
    allowed = torch.full((1, 16, 16), BODY | POSTERIOR, dtype=torch.uint8)
    right = [float(partial_label_loss(logits(t), allowed)) for t in (1, 2)]
    wrong = [float(partial_label_loss(logits(t), allowed)) for t in (0, 3, 4, 5)]
    assert max(right) < 0.01
    assert min(wrong) > 5


def test_dice_counts_overshoot_where_the_tissue_is_excluded() -> None:
    allowed = torch.full((1, 16, 16), 1, dtype=torch.uint8)
    allowed[:, :8] = BODY
    exact = logits(0)
    exact[:, :, :8] = logits(1)[:, :, :8]
    assert float(partial_label_loss(exact, allowed)) < float(partial_label_loss(logits(1), allowed))


def test_a_decisive_voxel_counts_for_more_and_changes_no_set() -> None:
    plain = torch.full((1, 16, 16), BODY, dtype=torch.uint8)
    marked = plain.clone()
    marked[0, 0, 0] |= DECISIVE
    assert float(partial_label_loss(logits(1), marked)) == pytest.approx(float(partial_label_loss(logits(1), plain)))

    def slope(allowed: "torch.Tensor") -> float:
        scores = logits(1).requires_grad_()
        partial_label_loss(scores, allowed).backward()
        assert scores.grad is not None
        return float(scores.grad[0, 1, 0, 0])

    wrong = plain.clone()
    wrong[0, 0, 0] = POSTERIOR
    decisive = wrong.clone()
    decisive[0, 0, 0] |= DECISIVE
    assert slope(decisive) / slope(wrong) == pytest.approx(DECISIVE_WEIGHT * 256 / (255 + DECISIVE_WEIGHT), rel=0.05)


def test_the_network_keeps_the_size_of_its_input() -> None:
    network = UNet([4, 8, 8, 8, 8]).eval()
    with torch.no_grad():
        assert network(torch.zeros(2, 3, 48, 32)).shape == (2, 6, 48, 32)


def test_the_learning_rate_rises_stays_and_falls_to_nothing() -> None:
    config = {"warmup": 10, "decay": 20, "learning_rate": 1.0, "stages": [{"until": 50}, {"until": 100}]}
    rates = [learning_rate(step, config) for step in range(101)]
    assert rates[0] < 0.2
    assert rates[10] == rates[79] == 1.0
    assert rates[90] == pytest.approx(0.5)
    assert rates[100] == 0

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="torch is there for training alone")

from onnx_models.training.export import export  # noqa: E402
from onnx_models.training.network import UNet  # noqa: E402
from onnx_models.training.restore import restore  # noqa: E402

WIDTHS = [4, 6, 8, 8, 8]


@pytest.fixture(scope="module")
def trained() -> UNet:
    """A network whose normalisations are no longer as they began."""
    torch.manual_seed(3)
    network = UNet(WIDTHS)
    for layer in network.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            for values in (layer.weight, layer.bias, layer.running_mean, layer.running_var):
                values.data.uniform_(0.5, 1.5)
    return network.eval()


@pytest.fixture(scope="module")
def restored(trained: UNet, tmp_path_factory: pytest.TempPathFactory) -> UNet:
    folder = tmp_path_factory.mktemp("restore")
    checkpoint, exported = folder / "last.pt", Path(folder / "model.onnx")
    torch.save({"average": trained.state_dict()}, checkpoint)
    export(checkpoint, exported, WIDTHS)
    return restore(exported, WIDTHS, [torch.randn(4, 3, 64, 48) for _ in range(4)])


def test_the_restored_network_computes_what_was_exported(trained: UNet, restored: UNet) -> None:
    image = torch.randn(2, 3, 48, 64)
    with torch.no_grad():
        assert torch.allclose(restored.eval()(image), trained(image), atol=1e-4)


def test_it_trains_on_from_where_it_stood(trained: UNet, restored: UNet) -> None:
    """In training mode a batch is normalised by its own moments: had the old ones not been found, the output would jump."""
    images = torch.randn(16, 3, 64, 48)
    with torch.no_grad():
        expected = trained(images)
        difference = (restored.train()(images) - expected).abs().mean()
    assert difference < 0.1 * expected.std()

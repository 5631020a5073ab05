"""Tests of export_examples: `.ci/python`, or `pytest python` where torch is installed. The last one needs Go."""

import io
import json
import os
import subprocess
import tarfile

import numpy as np
import pytest

import export_examples as examples

SEED = 20252


@pytest.fixture
def archive(tmp_path):
    """A file in the form of CIFAR-10 with twenty noisy images of each class to train on and ten to test on."""
    print("seed", SEED)  # shown if the test fails
    rng = np.random.default_rng(SEED)
    path = tmp_path / "cifar.tar.gz"
    with tarfile.open(path, "w:gz") as out:
        for name, n in [(f"data_batch_{i}.bin", 4) for i in range(1, 6)] + [("test_batch.bin", 10)]:
            labels = rng.permutation(np.repeat(np.arange(10, dtype=np.uint8), n))
            pixels = (20 * labels[:, None] + rng.integers(0, 60, (10 * n, 3072))).astype(np.uint8)
            raw = np.hstack([labels[:, None], pixels]).tobytes()
            info = tarfile.TarInfo("cifar-10-batches-bin/" + name)
            info.size = len(raw)
            out.addfile(info, io.BytesIO(raw))
    return path


def test_first_of_each():
    assert examples.first_of_each([2, 1, 2, 2, 1, 3], 2).tolist() == [0, 1, 2, 4, 5]


def test_cifar(archive):
    x, y = examples.cifar(archive, False, 7)
    assert x.shape == (70, 3, 32, 32) and np.bincount(y).tolist() == [7] * 10
    red = x[:, 0].mean((1, 2))  # 20 times the class, and noise with the mean 29.5, of which 1024 values have a deviation of 0.54
    assert (red - 20 * y - 29.5).abs().max() < 4
    x, y = examples.cifar(archive, True)
    assert np.bincount(y).tolist() == [10] * 10  # all there are of the 200


@pytest.mark.skipif("PNCLAB" not in os.environ, reason="no command in PNCLAB")
def test_statistics_agree(archive, tmp_path, monkeypatch):
    """What is stored of a network is all there is: merged statistics are what measure printed."""
    monkeypatch.setattr("sys.argv", ["export_examples.py", "mlp", "--cifar", str(archive), "--out", str(tmp_path)])
    examples.main()
    printed = json.loads((tmp_path / "mlp.json").read_text())
    parts = [str(tmp_path / name) for name in ("mlp.part", "mlp.second.part")]
    command = [os.environ["PNCLAB"], "measure", "--json", "--merge", *parts]
    merged = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    assert [layer["name"] for layer in printed["layers"]] == [f"layer{i}" for i in range(1, 8)]
    for one, other in zip(printed["layers"], merged["layers"], strict=True):
        assert "intervals" in one and one["probeTest"] is not None
        for name in ("n", "d", "K", "C", "D", "NC1", "NC2", "NC4", "CDNV"):
            assert one[name] == other[name]

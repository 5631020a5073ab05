"""Tests of pnclab_weights: `.ci/python`, or `pytest python` where torch is installed. Those that measure need Go."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import pnclab_weights as weights

ROOT = Path(__file__).resolve().parent.parent
NETWORKS = ROOT / "pnc" / "testdata" / "networks"
LOGITS = json.loads((NETWORKS / "logits.json").read_text())
SEED = 20252


needs_go = pytest.mark.skipif(not os.environ.get("PNCLAB") and shutil.which("go") is None, reason="no Go, and PNCLAB names no command")


@pytest.fixture(autouse=True)
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(SEED)
    print("seed", SEED)


def trained(model):
    """Return the model in eval() mode, in float64, with random statistics and parameters of its BatchNorms."""
    for m in model.modules():
        if isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d)):
            for t in (m.running_mean, m.running_var) + ((m.weight, m.bias) if m.affine else ()):
                nn.init.uniform_(t, 0.5, 1.5)
    return model.double().eval()


def samples(description, rows):
    """Return the rows of samples as the first layer takes them."""
    x = torch.tensor(rows, dtype=torch.float64)
    shape = description["Layers"][0].get("Conv", {}).get("In")
    return x.reshape(-1, shape["Channels"], shape["Height"], shape["Width"]) if shape else x


@pytest.mark.parametrize("name", [n for n in LOGITS if n.endswith(".safetensors")])
def test_what_pnc_saved(name):
    """The logits that PyTorch computes of files of pnc.Save are those that pnc computes."""
    tensors, description = weights.read(NETWORKS / name)
    model = weights.load(NETWORKS / name)
    with torch.no_grad():
        logits = model(samples(description, LOGITS[name]["Samples"]))
    assert logits.dtype == torch.float64 and not model.training
    # Sums of at most 72 products of order one, in another order.
    np.testing.assert_allclose(logits, LOGITS[name]["Logits"], rtol=1e-12, atol=1e-12)
    assert isinstance(model, nn.Sequential) == all("Skip" not in layer for layer in description["Layers"])


def test_a_few_lines():
    """A file is a state_dict of the nn.Sequential that one would write, in safetensors as in .npz."""
    def model():
        return nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 3))

    with np.load(NETWORKS / "v1-mlp-float32.npz") as f:
        assert json.loads(bytes(f["pnclab.network"]))["Version"] == 1
        single = model()
        single.load_state_dict({name: torch.from_numpy(f[name]) for name in f.files if name != "pnclab.network"})
    double = model().double()
    double.load_state_dict(weights.read(NETWORKS / "v1-mlp.safetensors")[0])
    for m, name, rtol in ((single, "v1-mlp-float32.npz", 1e-5), (double, "v1-mlp.safetensors", 1e-12)):
        x = torch.tensor(LOGITS[name]["Samples"], dtype=m[0].weight.dtype)
        np.testing.assert_allclose(m.eval()(x).detach(), LOGITS[name]["Logits"], rtol=rtol, atol=rtol)


def test_safetensors_of_others():
    """The package safetensors reads what pnc and pnclab_weights write."""
    torch_files = pytest.importorskip("safetensors.torch")
    for name in LOGITS:
        if name.endswith(".safetensors"):
            ours, theirs = weights.read(NETWORKS / name)[0], torch_files.load_file(NETWORKS / name)
            assert ours.keys() == theirs.keys() and all(torch.equal(ours[k], theirs[k]) for k in ours)
    model = trained(nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 3)))
    weights.save(model, "net.safetensors")
    model.load_state_dict(torch_files.load_file("net.safetensors"))


def perceptron():
    return nn.Sequential(nn.Flatten(), nn.Linear(48, 9), nn.BatchNorm1d(9, eps=1e-3), nn.ReLU(), nn.Dropout(), nn.Linear(9, 8, bias=False),
                         nn.BatchNorm1d(8, affine=False), nn.ReLU(), nn.Linear(8, 7), nn.Linear(7, 3))


def convolutions():
    return nn.Sequential(
        nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2)),
        nn.Sequential(nn.Conv2d(4, 6, 5, stride=2, padding=2, bias=False), nn.ReLU()),
        nn.Sequential(nn.Conv2d(6, 5, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1)), nn.Flatten(), nn.Linear(5, 3))


def measured(*args):
    """Return what pnclab measure prints, of files in this folder."""
    command = [os.environ["PNCLAB"]] if os.environ.get("PNCLAB") else ["go", "-C", str(ROOT), "run", "."]
    args = [os.path.abspath(a) if "." in a else a for a in args]
    done = subprocess.run([*command, "measure", "--json", *args], capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def compare(model, stages, *args, rtol=1e-9):
    """Compare what pnclab measures of the weights with what it measures of the features that PyTorch computes: sums of
    at most 100 products in another order, and their condition in NC1."""
    x = torch.randn(60, 3, 4, 4, dtype=torch.float64)
    y = torch.arange(60) % 3
    x += y[:, None, None, None] * torch.randn(3, 4, 4, dtype=torch.float64)
    features, z = {}, x
    with torch.no_grad():
        for i, stage in enumerate(stages):
            features[f"z{i}"] = z.flatten(1).numpy()
            z = stage(z)
        torch.testing.assert_close(model(x), z)
    np.savez("x.npz", x=x.numpy(), y=y.numpy())
    np.savez("z.npz", **features, y=y.numpy(), **{"classifier.weight": stages[-1].weight.detach().numpy(), "classifier.bias": stages[-1].bias.detach().numpy()})
    ours, torchs = measured("--data", "x.npz", *args), measured("z.npz")
    assert ours["accuracy"] == torchs["accuracy"] and len(ours["layers"]) == len(stages)
    for a, b in zip(ours["layers"], torchs["layers"]):
        for name in ("C", "D", "NC1", "NC2", "NC4", "CDNV", "trSigmaW", "rank95"):
            assert a[name] == pytest.approx(b[name], rel=rtol), name
    assert ours["layers"][-1]["NC3"] == pytest.approx(torchs["layers"][-1]["NC3"], rel=rtol)


@needs_go
def test_saved_for_pnc():
    """A model that describes itself is measured as PyTorch computes it, and comes back."""
    for model, cuts in ((trained(perceptron()), (0, 4, 8, 9, 10)), (trained(convolutions()), (0, 1, 2, 4, 5))):
        weights.save(model, "net.safetensors", (3, 4, 4))
        compare(model, [model[a:b] if b < len(model) else model[-1] for a, b in zip(cuts, cuts[1:])], "--network", "net.safetensors")
        again = weights.load("net.safetensors")
        x = torch.randn(2, 3, 4, 4, dtype=torch.float64)
        torch.testing.assert_close(again(x), model(x), rtol=1e-12, atol=1e-12)


@needs_go
@pytest.mark.parametrize("prefix", ["", "module."])
@pytest.mark.parametrize("extension", [".npz", ".safetensors"])
def test_state_dict(prefix, extension):
    """A state_dict of somebody else's network, with the counters of its BatchNorms."""
    model = trained(nn.Sequential(nn.Flatten(), nn.Linear(48, 9), nn.BatchNorm1d(9), nn.ReLU(), nn.Linear(9, 8), nn.ReLU(), nn.Linear(8, 3)))
    state = {prefix + k: v for k, v in sorted(model.state_dict().items())}
    if extension == ".npz":
        np.savez_compressed("net.npz", **{k: v.numpy() for k, v in state.items()})
    else:
        weights._write("net.safetensors", state, {})
    stages = [model[0:4], model[4:6], model[6]]
    compare(model, stages, "--network", "net" + extension, "--relu", "all")


@needs_go
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half(dtype):
    """Weights of 16 bits are those numbers, not others."""
    dtype = getattr(torch, dtype)
    model = trained(nn.Sequential(nn.Flatten(), nn.Linear(48, 9), nn.BatchNorm1d(9), nn.ReLU(), nn.Linear(9, 3)))
    weights.save(model.to(dtype), "net.safetensors")
    model.double()  # with the values as rounded
    compare(model, [model[0:4], model[4]], "--network", "net.safetensors")


def test_refused():
    """What pnclab has no layer for is refused by name."""
    for wrong, model in {
        "Sigmoid": nn.Sequential(nn.Linear(5, 4), nn.Sigmoid(), nn.Linear(4, 3)),
        "1: a BatchNorm without": nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4, track_running_stats=False), nn.Linear(4, 3)),
        "2: a BatchNorm that does not follow": nn.Sequential(nn.Linear(5, 4), nn.ReLU(), nn.BatchNorm1d(4), nn.Linear(4, 3)),
        "not a torch.nn.Sequential": nn.Linear(5, 4),
        "0: a ReLU that does not follow": nn.Sequential(nn.ReLU(), nn.Linear(4, 3)),
    }.items():
        with pytest.raises(ValueError, match=wrong):
            weights.save(model, "net.safetensors")
    for wrong, model in {
        "0: a convolution of size 3 that is not padded": nn.Sequential(nn.Conv2d(3, 4, 3)),
        "0: a convolution that is not square": nn.Sequential(nn.Conv2d(3, 4, 3, padding=1, dilation=2)),
        "1: pooling whose rectangles do not tile": nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.MaxPool2d(3, 2)),
        "1: a Linear after features": nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.Linear(4, 4)),
    }.items():
        with pytest.raises(ValueError, match=wrong):
            weights.save(model, "net.safetensors", (3, 4, 4))
    with pytest.raises(ValueError, match="samples of unknown shape"):
        weights.save(nn.Sequential(nn.Conv2d(3, 4, 3, padding=1)), "net.safetensors")
    assert not list(Path().iterdir()), "a file of a network that was refused"

"""Tests of pnclab_export: `.ci/python`, or `pytest python` where torch is installed. Those that measure need Go."""

import gc
import os
import re
import shutil
import subprocess
import sys
import threading
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import pnclab_export as pnclab

ROOT = Path(__file__).resolve().parent.parent
SEED = 20251

pytestmark = pytest.mark.filterwarnings("error")  # a warning that a test does not expect is a failure


@pytest.fixture(autouse=True)
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(SEED)
    print("seed", SEED)  # shown if the test fails
    yield
    gc.collect()
    assert not list(tmp_path.glob(".pnclab-*")), "a recorder left its scratch folder behind"


def layers(path):
    """Return the arrays of a folder or file by name, those of a folder from their shards."""
    path = Path(path)
    if path.suffix == ".npz":
        with np.load(path) as f:
            return {name: f[name] for name in f.files}
    arrays = {}
    for file in sorted(path.glob("*.npy")):
        arrays.setdefault(re.sub(r"_\d{3}$", "", file.stem), []).append(np.load(file))
    return {name: np.concatenate(parts) for name, parts in arrays.items()}


def perceptron(d=8, width=16, classes=3):
    return nn.Sequential(OrderedDict(
        fc1=nn.Linear(d, width), act1=nn.ReLU(), fc2=nn.Linear(width, width), act2=nn.ReLU(), fc3=nn.Linear(width, classes))).eval()


class Residual(nn.Module):
    """A network in the shape of torchvision's ResNets, small."""

    def __init__(self, classes=4):
        super().__init__()
        block = lambda c, d: nn.Sequential(nn.Conv2d(c, d, 3, 2, 1), nn.BatchNorm2d(d), nn.ReLU(inplace=True))
        self.conv1, self.layer1, self.layer2, self.layer3 = nn.Conv2d(3, 8, 3), block(8, 8), block(8, 16), block(16, 32)
        self.avgpool, self.fc = nn.AdaptiveAvgPool2d(1), nn.Linear(32, classes)

    def forward(self, x):
        return self.fc(self.avgpool(self.layer3(self.layer2(self.layer1(self.conv1(x))))).flatten(1))


class Tokens(nn.Module):
    """N×T numbers to N×T×d tokens to classes of the first one; blocks return tuples."""

    class Block(nn.Module):
        def __init__(self, d):
            super().__init__()
            self.mlp = nn.Linear(d, d)

        def forward(self, z):
            return z + torch.tanh(self.mlp(z)), None

    def __init__(self, d=6, blocks=11):
        super().__init__()
        self.embed = nn.Embedding(50, d)
        self.h = nn.ModuleList(self.Block(d) for _ in range(blocks))
        self.head = nn.Linear(d, 3)

    def forward(self, ids, attention_mask=None):
        z = self.embed(ids)
        for block in self.h:
            z, _ = block(z)
        return self.head(z[:, 0])


def images(n=24, classes=4):
    return torch.randn(n, 3, 16, 16), torch.arange(n) % classes


# What is recorded.


@pytest.mark.parametrize("path", ["features", "features.npz"])
def test_hooks_give_what_the_model_computes(path):
    model, x, y = perceptron(), torch.randn(50, 8), torch.arange(50) % 3
    with torch.no_grad():
        a1 = torch.relu(model.fc1(x))
        a2 = torch.relu(model.fc2(a1))
    with pnclab.record(model, layers="act*", shard=16 * 4 * 7) as r:
        for i in range(0, 50, 7):
            r.batch(y[i:i + 7])
            model(x[i:i + 7])
    r.save(path)
    f = layers(path)
    # The last activations are the input of the classifier: not twice. Products of other sizes may round differently.
    assert list(f) == ["act1", "act2", "classifier.bias", "classifier.weight", "labels"] or path.endswith("z")
    assert set(f) == {"act1", "act2", "classifier.bias", "classifier.weight", "labels"}
    np.testing.assert_allclose(f["act1"], a1, rtol=0, atol=16 * 2**-24 * float(a1.max()))
    np.testing.assert_allclose(f["act2"], a2, rtol=0, atol=32 * 2**-24 * float(a2.max()))
    np.testing.assert_array_equal(f["labels"], y)
    np.testing.assert_array_equal(f["classifier.weight"], model.fc3.weight.detach())
    np.testing.assert_array_equal(f["classifier.bias"], model.fc3.bias.detach())
    assert f["act1"].dtype == np.float32 and f["labels"].dtype == np.int64
    if path == "features":
        assert {p.suffix for p in Path(path).iterdir()} == {".npy"}  # nothing of what was left out
        assert sorted(p.name for p in Path(path).glob("act1*")) == [f"act1_{i:03d}.npy" for i in range(8)]


def test_one_batch_gives_the_same_bits():
    model, x = perceptron(), torch.randn(50, 8)
    with pnclab.record(model, layers="act1", classifier=None) as r:
        r.batch(torch.zeros(50))
        model(x)
    r.save("f")
    np.testing.assert_array_equal(layers("f")["act1"], torch.relu(model.fc1(x)).detach())


def test_classifier_is_recorded_by_its_input():
    model, x, y = perceptron(), torch.randn(20, 8), torch.arange(20) % 3
    with pnclab.record(model, layers="fc1|fc3") as r:
        r.batch(y)
        logits = model(x)
    r.save("f.npz")
    f = layers("f.npz")
    assert list(f) == ["0_fc1", "1_fc3.input", "labels", "classifier.weight", "classifier.bias"]
    # Rounding of 16 products and a bias.
    np.testing.assert_allclose(f["1_fc3.input"] @ f["classifier.weight"].T + f["classifier.bias"], logits, rtol=0, atol=17 * 2**-24 * 4)


@pytest.mark.parametrize("layers_of, labels, why", [
    ("fc1|fc2|fc3", 5, "3 outputs and the largest label is 4"),
    ("fc1|after", 3, "after runs after it"),
])
def test_what_is_no_classifier_is_left_out(layers_of, labels, why):
    model = perceptron()
    model.add_module("after", nn.Softmax(1).eval())
    x = torch.randn(20, 8)
    with pnclab.record(model, layers=layers_of) as r:
        r.batch(torch.arange(20) % labels)
        model(x)
    with pytest.warns(UserWarning, match=why):
        r.save("f.npz")
    assert [n.split("_")[-1] for n in layers("f.npz")] == layers_of.split("|") + ["labels"]


def test_names_keep_the_order_when_sorted():
    assert pnclab._sortable(["h.2", "h.10"]) == ["h.2", "h.10"]
    assert pnclab._sortable(["h.10", "h.2"]) == ["0_h.10", "1_h.2"]
    assert pnclab._sortable(["stem", "h.0", "fc.input"]) == ["0_stem", "1_h.0", "2_fc.input"]
    assert pnclab._sortable(["classifier"]) == ["0_classifier"]  # or it would be taken for the classifier's matrix
    assert len(set(map(len, pnclab._sortable(["x"] + ["y%02d" % i for i in range(10)])))) == 2


def test_a_shared_module_has_a_name_for_each_call():
    class Shared(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b, self.relu = nn.Linear(4, 4), nn.Linear(4, 4), nn.ReLU(inplace=True)

        def forward(self, x):
            return self.relu(self.b(self.relu(self.a(x))))

    model, x = Shared().eval(), torch.randn(9, 4)
    with pnclab.record(model, layers="a|relu", classifier=None) as r:
        for part in x.split(3):
            r.batch(torch.zeros(len(part)))
            model(part)
    r.save("f")
    f = layers("f")
    assert list(f) == ["0_a", "1_relu", "2_relu.call2", "labels"]
    a = model.a(x).detach()
    # relu works in place, on the very tensor that a gave: it was copied before.
    np.testing.assert_allclose(f["0_a"], a, rtol=0, atol=1e-6)
    assert (f["0_a"] < 0).any()
    np.testing.assert_allclose(f["2_relu.call2"], torch.relu(model.b(torch.relu(a))).detach(), rtol=0, atol=1e-6)


# Pooling.


@pytest.mark.parametrize("pool, by_hand", [
    ("mean", lambda z: z.mean((2, 3))), ("max", lambda z: z.amax((2, 3))), ("flatten", lambda z: z.flatten(1)),
    (lambda z: z[:, :, 0, 0], lambda z: z[:, :, 0, 0]),
])
def test_pooling_of_feature_maps(pool, by_hand):
    model, (x, y) = Residual().eval(), images()
    pnclab.export(model, DataLoader(TensorDataset(x, y), 5), "f", "conv1|layer?", pool=pool, classifier=None)
    with torch.no_grad():
        z = model.conv1(x)
        for name in ("0_conv1", "1_layer1"):
            # Sums of 196 values, and convolutions of batches of other sizes: 2^-24 each, times a few.
            np.testing.assert_allclose(layers("f")[name], by_hand(z), rtol=0, atol=200 * 2**-24 * float(z.abs().max()))
            z = model.layer1(z)


@pytest.mark.parametrize("pool, by_hand", [
    ("mean", lambda z, t: z[t].mean(0)), ("max", lambda z, t: z[t].amax(0)), ("cls", lambda z, t: z[t[0]]), ("last", lambda z, t: z[t[-1]]),
])
@pytest.mark.parametrize("padding", ["none", "right", "left"])
def test_pooling_of_tokens(pool, by_hand, padding):
    model, ids = Tokens().eval(), torch.randint(50, (10, 7))
    lengths = torch.randint(1, 8, (10,)) if padding != "none" else torch.full((10,), 7)
    mask = torch.arange(7) < lengths[:, None]
    mask = mask.flip(1) if padding == "left" else mask
    batches = [{"ids": ids[i:i + 4], "attention_mask": mask[i:i + 4], "labels": torch.zeros(len(ids[i:i + 4]))} for i in (0, 4, 8)]
    if padding == "none":
        batches = [{k: v for k, v in b.items() if k != "attention_mask"} for b in batches]
    pnclab.export(model, batches, "f", "h.?|h.??", pool=pool, classifier=None)
    f = layers("f")
    assert sorted(f, key=lambda n: int(n[2:]) if n[2:].isdigit() else 99) == [f"h.{i}" for i in range(11)] + ["labels"]
    z = model.h[0](model.embed(ids))[0].detach()
    want = torch.stack([by_hand(z[i], mask[i].nonzero()[:, 0]) for i in range(10)])
    np.testing.assert_allclose(f["h.0"], want, rtol=0, atol=1e-6)  # sums of 7 values around 1: 7·2^-24 and less


def test_outputs_of_several_dimensions_need_a_pool():
    for model, x, names, said in [(Residual(), images()[0], "conv1", "conv1 gives 24×8×14×14"),
                                  (Tokens(), torch.zeros(2, 7, dtype=int), "h.0", "h.0 gives 2×7×6")]:
        with pytest.raises(ValueError, match=said + '.*pool="mean"'):
            with pnclab.record(model.eval(), layers=names) as r:
                model(x)
    with pytest.raises(ValueError, match='pool="cls" takes a token'):
        with pnclab.record(Residual().eval(), layers="conv1", pool="cls") as r:
            r._model(images()[0])
    with pytest.raises(ValueError, match="the mask is 2×5"):
        with pnclab.record(model, layers="h.0", pool="mean") as r:
            r.batch(mask=torch.ones(2, 5))
            model(x)


# Number types.


def test_float16_and_its_error():
    model, x, y = perceptron(), torch.randn(200, 8), torch.arange(200) % 3
    for dtype in ("float16", "float32"):
        pnclab.export(model, [(x, y)], dtype, "act1|act2", dtype=dtype)
    half, single = layers("float16"), layers("float32")
    assert half["act1"].dtype == np.float16 and half["classifier.weight"].dtype == np.float32
    # The bounds that record states, from the format: 11 bits in the normal range, steps of 2^-24 below 2^-14.
    assert np.all(np.abs(half["act1"].astype(float) - single["act1"]) <= np.maximum(2.0**-11 * np.abs(single["act1"]), 2.0**-25))
    assert np.any(half["act1"] != single["act1"])
    with pytest.raises(ValueError, match="act1 has values up to .*, too large for float16"):
        pnclab.export(model, [(1e6 * x, y)], "f", "act1", dtype="float16")
    assert not os.path.exists("f")


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_models_of_other_types(dtype):
    model, x, y = perceptron().to(dtype), torch.randn(30, 8).to(dtype), torch.arange(30) % 3
    pnclab.export(model, [(x, y)], "f", "act2", dtype="float64")
    f = layers("f")
    np.testing.assert_array_equal(f["act2"], model[:4](x).detach().double())
    np.testing.assert_array_equal(f["classifier.weight"], model.fc3.weight.detach().double())


def test_autocast():
    model, x, y = perceptron(), torch.randn(64, 8), torch.arange(64) % 3
    with torch.autocast("cpu", torch.bfloat16):
        pnclab.export(model, [(x, y)], "f", "act1|act2")
        with torch.no_grad():
            inside = model[:2](x)
    assert inside.dtype == torch.bfloat16
    np.testing.assert_array_equal(layers("f")["act1"], inside.float())
    exact = torch.relu(model.fc1(x)).detach()
    # bfloat16 keeps 8 bits of inputs, weights and the result.
    assert 0 < np.abs(layers("f")["act1"] - exact.numpy()).max() <= 2**-8 * 12 * float(exact.max())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_gpu():
    model, (x, y) = Residual().eval(), images()
    loader = DataLoader(TensorDataset(x, y), 5)
    pnclab.export(model, loader, "cpu", "layer?", pool="mean")
    pnclab.export(model.cuda(), loader, "gpu", "layer?", pool="mean")
    for name, a in layers("cpu").items():  # convolutions on a GPU may use TF32, 2^-11
        np.testing.assert_allclose(layers("gpu")[name], a, rtol=0, atol=2**-9 * np.abs(a).max())


# Batches.


def test_dataloader_with_workers_and_shuffling():
    x = torch.arange(60.).reshape(60, 1).repeat(1, 8)
    loader = DataLoader(TensorDataset(x, torch.arange(60) % 3), 7, shuffle=True, num_workers=2)
    model = perceptron()
    pnclab.export(model, loader, "f", "fc1", classifier=None)
    f = layers("f")
    order = np.argsort(np.abs(f["fc1"] - model.fc1.bias.detach().numpy()).sum(1))  # of the samples: x = i·1
    np.testing.assert_array_equal(f["labels"][order], np.arange(60) % 3)
    np.testing.assert_allclose(f["fc1"][order], model.fc1(x).detach(), rtol=1e-4, atol=1e-5)


def test_data_parallel(monkeypatch):
    """Replicas run in threads and end in any order. Without GPUs, parts are told apart by thread and not by device."""
    inner, x, y = Tokens(blocks=2).eval(), torch.randint(50, (10, 7)), torch.arange(10) % 3
    here, turn = threading.local(), threading.Barrier(2)

    class Parallel(nn.DataParallel):
        def forward(self, x):
            results = {}

            def run(i, part):
                here.part = i
                turn.wait()
                results[i] = self.module(part)

            threads = [threading.Thread(target=run, args=(i, part)) for i, part in reversed(list(enumerate(x.chunk(2))))]
            for t in threads:
                t.start()
            for t in threads:
                t.join()
            return torch.cat([results[0], results[1]])

    model = Parallel(inner)
    model.device_ids = [0, 1]
    monkeypatch.setattr(pnclab.Recorder, "_part", lambda self, z: here.part)
    mask = torch.arange(7) < torch.arange(1, 8).repeat(2)[:10, None]
    with pnclab.record(model, layers="h.?", pool="last") as r:
        r.batch(y, mask)
        model(x)
    r.save("f")
    np.testing.assert_allclose(
        layers("f")["0_h.0"], inner.h[0](inner.embed(x))[0].detach()[torch.arange(10), mask.sum(1) - 1], rtol=0, atol=1e-6)


def test_plain_data_parallel_and_its_names():
    inner, x = perceptron(), torch.randn(6, 8)
    model = nn.DataParallel(inner)
    with pnclab.record(model, layers="act1", classifier=None) as r:
        r.batch([0, 1, 2, 0, 1, 2])
        model(x.to(next(model.parameters()).device))
    r.save("f")
    assert list(layers("f")) == ["act1", "labels"]


def test_a_part_of_the_model_alone():
    model, x = perceptron(), torch.randn(12, 8)
    with pnclab.record(model, layers="fc1|act1", classifier=None) as r:
        for part in x.split(4):
            r.batch([0, 1, 2, 0])
            model.act1(model.fc1(part))
    r.save("f")
    np.testing.assert_allclose(layers("f")["1_act1"], torch.relu(model.fc1(x)).detach(), rtol=0, atol=1e-6)


def test_a_failed_forward_pass_may_be_tried_again():
    model, x = perceptron(), torch.randn(12, 8)
    with pnclab.record(model, layers="fc1|act2") as r:
        for part in x.split(4):
            r.batch([0, 1, 2, 0])
            handle = model.fc2.register_forward_pre_hook(lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                model(part)
            handle.remove()
            r.batch([0, 1, 2, 0])
            model(part)
    r.save("f")
    assert list(layers("f")) == ["0_fc1", "1_act2", "classifier.bias", "classifier.weight", "labels"]
    np.testing.assert_allclose(layers("f")["0_fc1"], model.fc1(x).detach(), rtol=0, atol=1e-6)


@pytest.mark.parametrize("labels, said", [
    (torch.zeros(5), "fc1 gives 4 rows for 5 samples"),
    (torch.rand(4, 3), "one integer per sample"),
    (["cat", "dog", "cat", "dog"], "one integer per sample"),
])
def test_labels_that_do_not_fit(labels, said):
    model = perceptron()
    with pytest.raises(ValueError, match=said):
        with pnclab.record(model, layers="fc1") as r:
            r.batch(labels)
            model(torch.randn(4, 8))
    with pytest.raises(RuntimeError, match="ended in an error"):
        r.save("f")


def test_labels_after_the_forward_pass_or_missing():
    model, x = perceptron(), torch.randn(4, 8)
    with pytest.raises(RuntimeError, match="before each forward pass"):
        with pnclab.record(model, layers="fc1") as r:
            model(x)
            r.batch([0, 1, 2, 0])
    with pytest.raises(RuntimeError, match="without batch"):
        with pnclab.record(model, layers="fc1") as r:
            r.batch([0, 1, 2, 0])
            model(x)
            model(x)
    with pnclab.record(model, layers="fc1", classifier=None) as r:
        model(x)
        model(x)
    with pytest.raises(ValueError, match="7 labels for features of 8 samples"):
        r.save("f", labels=[0] * 7)
    r.save("f", labels=[-100, 5] * 4)
    np.testing.assert_array_equal(layers("f")["labels"], [-100, 5] * 4)
    with pnclab.record(model, layers="fc1", classifier=None) as r:
        model(x)
    with pytest.warns(UserWarning, match="no labels"):
        r.save("g")


# The state of the model, and of the folder.


def test_training_mode_is_switched_off_and_back():
    model = Residual().train()
    model.layer2.eval()  # frozen by its owner
    modes = [m.training for m in model.modules()]
    statistics = model.layer1[1].running_mean.clone()
    with pytest.warns(UserWarning, match="training mode"):
        with pnclab.record(model, layers="layer1", pool="mean") as r:
            assert not model.training and not torch.is_grad_enabled()
            r.batch(images()[1])
            model(images()[0])
    assert [m.training for m in model.modules()] == modes and torch.is_grad_enabled()
    assert torch.equal(model.layer1[1].running_mean, statistics)
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())
    with pnclab.record(model, layers="layer1", pool="mean", training=True) as r:
        assert model.training
        r.batch(images()[1])
        assert model(images()[0]).requires_grad
    r.save("f")


def test_an_exception_leaves_nothing_behind(tmp_path):
    model = perceptron()
    with pytest.raises(KeyboardInterrupt):
        with pnclab.record(model, layers="fc1") as r:
            r.batch([0, 1, 2, 0])
            model(torch.randn(4, 8))
            raise KeyboardInterrupt
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())
    assert not list(tmp_path.iterdir())
    with pytest.raises(RuntimeError, match="ended in an error"):
        r.save("f")


def test_layers_that_match_nothing():
    with pytest.raises(ValueError) as e:
        pnclab.record(perceptron(), layers="fc?|layer*")
    assert str(e.value) == "no layer is called 'layer*'; there are fc1, act1, fc2, act2, fc3"
    with pytest.raises(ValueError, match="no layer is called 'head'"):
        pnclab.record(perceptron(), layers="fc1", classifier="head")
    with pytest.raises(ValueError, match=r"h.9.mlp, h.10, h.10.mlp, head$"):
        pnclab.record(Tokens(), layers="x")
    with pytest.raises(ValueError, match=r"\(103 in all\)$") as e:
        pnclab.record(nn.Sequential(*(nn.ReLU() for _ in range(103))), layers="x")
    assert "\n" not in str(e.value)


def test_layers_that_are_not_called():
    model = perceptron()
    with pytest.raises(RuntimeError, match="not called in any forward pass: fc2"):
        with pnclab.record(model, layers="fc1|fc2") as r:
            r.batch([0])
            model.fc1(torch.randn(1, 8))


@pytest.mark.parametrize("path", ["f", "f.npz"])
def test_what_is_there_is_not_overwritten(path):
    model, batches = perceptron(), [(torch.randn(6, 8), torch.arange(6) % 3)]
    pnclab.export(model, batches, path, "fc1|act1")
    before = layers(path)
    with pytest.raises(FileExistsError, match="holds features already; overwrite=True"):
        pnclab.export(model, batches, path, "fc1")
    assert layers(path).keys() == before.keys()
    pnclab.export(model, batches, path, "fc1", overwrite=True)
    assert "0_fc1" in layers(path) and "1_act1" not in layers(path)
    os.mkdir("papers")
    Path("papers/thesis.tex").write_text("years of work")
    with pytest.raises(FileExistsError, match="something else"):
        pnclab.export(model, batches, "papers", "fc1", overwrite=True)
    assert os.path.exists("papers/thesis.tex")
    with pnclab.record(model, layers="fc1") as r:  # saved inside the block, after a first folder was taken
        r.batch([0, 1, 2, 0, 1, 2])
        model(batches[0][0])
        with pytest.raises(FileExistsError):
            r.save(path)
        r.save("deep/er/" + path)
    assert layers("deep/er/" + path)
    with pytest.raises(RuntimeError, match="saved already"):
        r.save("g")


def test_memory_is_that_of_a_batch():
    """128 MB go to disk; the process grows by less than a quarter of that."""
    script = """
import resource, sys, torch
sys.path.insert(0, sys.argv[1])
import pnclab_export as pnclab
model = torch.nn.Sequential(torch.nn.Identity(), torch.nn.Linear(4096, 3)).eval()
def batches(n):
    for _ in range(n):
        yield torch.ones(64, 4096), torch.arange(64) % 3
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
pnclab.export(model, batches(4), sys.argv[2] + "0", "0")
before = peak()
pnclab.export(model, batches(128), sys.argv[2], "0", shard=2**25)
print(peak() - before)
"""
    for path in ("f", "f.npz"):
        grown = int(subprocess.run([sys.executable, "-c", script, str(ROOT / "python"), path], capture_output=True, check=True, text=True).stdout)
        assert grown * 1024 < 2**25, f"{path}: {grown} kB more"
        if path == "f":
            assert len(list(Path(path).glob("0_*.npy"))) == 4
            assert sum(np.load(p, mmap_mode="r").shape[0] for p in Path(path).glob("0_*.npy")) == 64 * 128


# The command.


def trained(model, x, y, steps=150):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    return model.eval()


def c_and_d(z, y):
    """Return C and D of features, by their definitions, in float64."""
    z = np.asarray(z, np.float64)
    means = np.stack([z[y == k].mean(0) for k in range(y.max() + 1)])
    within = ((z - means[y])**2).sum(1).mean()
    between = ((means - z.mean(0))**2).sum(1).mean()
    unit = means / np.linalg.norm(means, axis=1, keepdims=True)
    cosines = unit @ unit.T
    return within / between, 1 - cosines[~np.eye(len(means), dtype=bool)].max()


needs_go = pytest.mark.skipif(not os.environ.get("PNCLAB") and shutil.which("go") is None, reason="no Go, and PNCLAB names no command")


@needs_go
@pytest.mark.parametrize("path, dtype", [("f", "float32"), ("f.npz", "float64"), ("f16", "float16")])
def test_round_trip(path, dtype):
    """A trained perceptron with biases, exported in several shards, is measured as numpy does it."""
    y = torch.arange(300) % 3
    x = torch.randn(300, 8) * 0.3 + (y[:, None] - 1.0)
    model = trained(perceptron(), x, y)
    with torch.no_grad():
        # A bias that makes about half of the other classes' samples wrong, in the middle of a gap between their margins.
        logits = model(x)
        margins = (logits.amax(1) - logits[:, 1])[y != 1].sort().values[80:120]
        i = margins.diff().argmax()
        model.fc3.bias[1] += (margins[i] + margins[i + 1]) / 2
    accuracy = (model(x).argmax(1) == y).double().mean().item()
    assert accuracy == pytest.approx(1 - (81 + i.item()) / 300)  # wrong are those below the gap
    pnclab.export(model, DataLoader(TensorDataset(x, y), 64), path, "fc?", dtype=dtype, shard=64 * 16 * 4)
    rows = rows_of(pnclab.measure(path))
    assert [row["name"] for row in rows] == ["0_fc1", "1_fc2", "2_fc3.input"]
    with torch.no_grad():
        f1 = model.fc1(x)
        f2 = model.fc2(torch.relu(f1))
    files = layers(path)
    for row, z in zip(rows, (f1, f2, torch.relu(f2))):
        assert (row["n"], row["d"], row["K"]) == (300, 16, 3)
        # The same numbers in float64 on both sides: some hundred roundings of 2^-53, and D, of 1 minus a cosine.
        c, d = c_and_d(files[row["name"]], y.numpy())
        assert row["C"] == pytest.approx(c, rel=1e-12) and row["D"] == pytest.approx(d, rel=0, abs=1e-13)
        # The forward pass by hand, with features rounded to the type of the file: a relative 2^-11 or 2^-24 each, and
        # C and D are quotients of their squares; distances between means are not small beside the means.
        c, d = c_and_d(z, y.numpy())
        u = 2**-11 if dtype == "float16" else 2**-20
        assert row["C"] == pytest.approx(c, rel=8 * u) and row["D"] == pytest.approx(d, rel=0, abs=8 * u)
    assert rows[-1]["accuracy"] == pytest.approx(accuracy, abs=1e-12)


def rows_of(table):
    return table.to_dict("records") if hasattr(table, "to_dict") else table


@pytest.mark.skipif(shutil.which("go") is None, reason="no Go")
def test_the_checkout_measures_and_says_what_is_wrong(monkeypatch):
    """Without PNCLAB and pnclab it is go run that measures."""
    monkeypatch.delenv("PNCLAB", raising=False)
    which = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "pnclab" else which(name))
    x, y = np.random.default_rng(SEED).normal(size=(30, 5)), np.arange(30) % 3
    np.savez("f.npz", layer1=x, labels=y)
    with pytest.warns(UserWarning, match="no classifier"):
        rows = rows_of(pnclab.measure("f.npz"))
    assert [rows[0]["C"]] == pytest.approx([c_and_d(x, y)[0]], rel=1e-12)
    np.savez("f.npz", layer1=np.ones((3, 2)))
    with pytest.raises(RuntimeError, match="labels"):
        pnclab.measure("f.npz")


def test_measure_without_a_command(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("PNCLAB", raising=False)
    with pytest.raises(RuntimeError, match="go build"):
        pnclab.measure("f")


@needs_go
@pytest.mark.parametrize("pandas", [True, False])
def test_every_and_tables(pandas, monkeypatch):
    """Measuring during training leaves training as it is, and gives a table over epochs."""
    if pandas:
        pytest.importorskip("pandas")
    else:
        monkeypatch.setitem(sys.modules, "pandas", None)

    def run(watched):
        torch.manual_seed(SEED)
        model, (x, y) = Residual().train(), images(40)
        model.add_module("dropout", nn.Dropout(0.5))
        loader = DataLoader(TensorDataset(x, y), 8, shuffle=True)
        watch = pnclab.every(2, model, loader, "run", layers="layer?", pool="mean", keep=False)
        optimizer = torch.optim.SGD(model.parameters(), 0.05)
        for epoch in range(5):
            for a, b in loader:
                optimizer.zero_grad()
                nn.functional.cross_entropy(model.dropout(model(a)), b).backward()
                optimizer.step()
            if watched:
                watch(epoch)
        return model, watch.table()

    model, table = run(True)
    assert hasattr(table, "columns") == pandas
    rows = rows_of(table)
    assert [(row["epoch"], row["name"]) for row in rows] == [(e, f"layer{i}") for e in (0, 2, 4) for i in (1, 2, 3)]
    assert len({row["C"] for row in rows}) == 9
    assert os.listdir("run") == []
    plain, _ = run(False)
    for (name, a), b in zip(model.state_dict().items(), plain.state_dict().values()):
        assert torch.equal(a, b), name


@needs_go
def test_readme(tmp_path):
    """The recipe of the README runs as it stands, with a network and data of the reader's own in mytask.py."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    recipes = re.findall(r"```python\n(.*?)```", text.partition("## Measure your own network")[2], re.S)
    assert len(recipes) >= 1
    (tmp_path / "mytask.py").write_text(
        "import torch\nfrom torch.utils.data import DataLoader, TensorDataset\nfrom test_pnclab_export import Residual, images\n"
        "torch.manual_seed(1)\nmodel, loader = Residual().eval(), DataLoader(TensorDataset(*images(80)), 16)\n")
    lines = [line for line in recipes[0].splitlines() if line.strip()]
    assert len(lines) == 8
    (tmp_path / "recipe.py").write_text(recipes[0])
    done = subprocess.run([sys.executable, "recipe.py"], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT / "python")})
    assert done.returncode == 0, done.stderr
    for name in ("layer1", "layer2", "layer3"):
        assert re.search(rf"{name}\b", done.stdout), done.stdout

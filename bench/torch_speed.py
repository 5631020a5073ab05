"""Training steps of PyTorch on the CPU, for comparison with BenchmarkTrainStep and
BenchmarkConvStep; with --pass forward or measure what BenchmarkConvForward and
BenchmarkConvMeasure do.

The network is 3072-1024x7-10 with Linear, BatchNorm and ReLU, or the hybrid with
three such layers and four linear ones, on batches of 128; or, with --conv, ResNet-20
of 16 channels or ResNet-18 of 32 on batches of 125. SGD with momentum .9, or Adam where
the name ends in -adam, and weight decay 1e-4, float32. Every setting that may be the fastest is tried: the loops of
the optimiser (foreach, fused), with and without torch.compile, and for convolutions
images stored with channels last (nhwc) or first (nchw). Prints one line per setting, in
the format of Go benchmarks.

Measuring adds up the class sums and the squares of the input and of the features of every
layer. The traces of the scatter matrices follow from them, and so C and D: it is the least
that has to be done with each sample, and two operations per layer.
"""
import argparse
import itertools
import time

import torch
from torch import nn


def network(nonlinear, hidden=7, width=1024, dim=3072, classes=10):
    layers, d = [], dim
    for i in range(hidden):
        layers.append(nn.Linear(d, width, bias=False))
        if i < nonlinear:
            layers += [nn.BatchNorm1d(width), nn.ReLU()]
        d = width
    return nn.Sequential(*layers, nn.Linear(d, classes, bias=False))


class Rectified(nn.Module):
    """ReLU, as a module that hooks can be put on."""

    def forward(self, x):
        return torch.relu(x)


class Block(nn.Module):
    """Two convolutions and the skip around them."""

    def __init__(self, channels, out, stride):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(channels, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out)
        self.conv2, self.norm2 = nn.Conv2d(out, out, 3, 1, 1, bias=False), nn.BatchNorm2d(out)
        self.relu1, self.relu2 = Rectified(), Rectified()
        self.skip = nn.Identity()
        if stride > 1:
            self.skip = nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        y = self.relu1(self.norm1(self.conv1(x)))
        return self.relu2(self.norm2(self.conv2(y)) + self.skip(x))


def resnet(channels, stages, blocks, classes=10):
    layers = [nn.Conv2d(3, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels), nn.ReLU()]
    c = channels
    for stage in range(stages):
        for block in range(blocks):
            out = channels << stage
            layers.append(Block(c, out, 2 if stage > 0 and block == 0 else 1))
            c = out
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(c, classes, bias=False))


NETWORKS = {
    "mlp-bn": lambda: network(7),
    "mlp-bn-adam": lambda: network(7),
    "hybrid-bn": lambda: network(3),
    "resnet20": lambda: resnet(16, 3, 3),
    "resnet18w32": lambda: resnet(32, 4, 2),
}


def passer(net, kind, batches, compiled, classes=10):
    """Returns a function that propagates the next batch in evaluation mode and, if kind is
    measure, adds its features up."""
    net.eval()
    features = []
    if kind == "measure":
        # A layer ends with its ReLU; the last one is the pooled input of the classifier.
        for m in net.modules():
            if isinstance(m, (nn.ReLU, Rectified, nn.Flatten)):
                m.register_forward_hook(lambda _, __, y: features.append(y))
    forward = torch.compile(net) if compiled else net
    sums = {}

    @torch.inference_mode()
    def once(x, y):
        features.clear()
        forward(x)
        if kind == "forward":
            return
        for i, z in enumerate([x, *features]):
            z = z.reshape(len(z), -1)
            own = sums.setdefault(i, [torch.zeros(classes, z.shape[1], dtype=torch.float64), 0.0])
            own[0] += y.T @ z
            own[1] += (z * z).sum().double()

    turns = itertools.cycle(batches)
    return lambda: once(*next(turns))


def stepper(net, optimizer, batches, compiled):
    forward = torch.compile(net) if compiled else net

    def step(x, y):
        optimizer.zero_grad(set_to_none=True)
        loss = ((forward(x) - y) ** 2).sum() / len(x)
        loss.backward()
        optimizer.step()

    turns = itertools.cycle(batches)
    return lambda: step(*next(turns))


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--threads", type=int, default=2)
    args.add_argument("--seconds", type=float, default=2, help="of each setting")
    args.add_argument("--conv", action="store_true", help="networks with convolutions")
    args.add_argument("--pass", dest="kind", choices=["train", "forward", "measure"], default="train")
    args.add_argument("--networks", nargs="*", help="only these")
    args.add_argument("--settings", nargs="*", help="only these, such as fused or fused-compile-nhwc")
    a = args.parse_args()
    torch.set_num_threads(a.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(1)
    print(f"# torch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}, MKL {torch.backends.mkl.is_available()}")
    batch, chunk = (125, 3) if a.conv else (128, 10)
    shape = (batch, 3, 32, 32) if a.conv else (batch, 3072)
    names = a.networks or (["resnet20", "resnet18w32"] if a.conv else ["mlp-bn", "mlp-bn-adam", "hybrid-bn"])
    settings = a.settings or [f"{loops}{compiled}{order}" for order in (("-nhwc", "-nchw") if a.conv else ("",))
                              for compiled in ("", "-compile") for loops in ("foreach", "fused")]
    if a.kind != "train" and not a.settings:  # without an optimiser
        settings = [f"{how}{order}" for order in ("-nhwc", "-nchw") for how in ("eager", "compile")]
    data = [(torch.randn(shape), nn.functional.one_hot(torch.randint(10, (batch,)), 10).float()) for _ in range(8)]
    for name, setting in itertools.product(names, settings):
        net, batches = NETWORKS[name](), data
        loops, *options = setting.split("-")
        compiled = "compile" in setting
        if "nhwc" in options:
            net = net.to(memory_format=torch.channels_last)
            batches = [(x.to(memory_format=torch.channels_last), y) for x, y in data]
        try:
            if a.kind == "train":
                hyper = {"lr": 1e-3, "weight_decay": 1e-4, loops: True}
                if name.endswith("-adam"):
                    optimizer = torch.optim.Adam(net.parameters(), **hyper)
                else:
                    optimizer = torch.optim.SGD(net.parameters(), momentum=0.9, **hyper)
                step = stepper(net, optimizer, batches, compiled)
            else:
                step = passer(net, a.kind, batches, compiled)
            for _ in range(5):
                step()
        except Exception as e:  # no C++ compiler, or no such loop in this version
            print(f"# {name}/{setting}: {type(e).__name__}: {str(e).splitlines()[0]}")
            continue
        # The fastest of chunks, as these machines are shared.
        best, end, cpu, steps = 0.0, time.perf_counter() + a.seconds, time.process_time(), 0
        while time.perf_counter() < end:
            start = time.perf_counter()
            for _ in range(chunk):
                step()
            steps += chunk
            best = max(best, chunk * batch / (time.perf_counter() - start))
        cpu = batch * steps / (time.process_time() - cpu)
        print(f"BenchmarkTorch{a.kind.capitalize()}/{name}/f32/threads={a.threads}/{setting} 1 {best:.0f} samples/s {cpu:.0f} samples/cpu-s", flush=True)


main()

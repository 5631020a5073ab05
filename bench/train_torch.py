"""Training steps of PyTorch on the CPU, for comparison with BenchmarkTrainStep.

The network is 3072-1024x7-10 with Linear, BatchNorm and ReLU, or the hybrid with
three such layers and four linear ones; batches of 128, SGD with momentum .9 and weight
decay 1e-4, float32. Every setting that may be the fastest is tried: the loops of
the optimiser (foreach, fused), with and without torch.compile. Prints one line per
setting, in the format of Go benchmarks.
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
    args.add_argument("--batch", type=int, default=128)
    args.add_argument("--settings", nargs="*", default=["foreach", "fused", "foreach-compile", "fused-compile"])
    a = args.parse_args()
    torch.set_num_threads(a.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(1)
    print(f"# torch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}, MKL {torch.backends.mkl.is_available()}")
    batches = [(torch.randn(a.batch, 3072), nn.functional.one_hot(torch.randint(10, (a.batch,)), 10).float()) for _ in range(8)]
    for name, nonlinear in (("mlp-bn", 7), ("hybrid-bn", 3)):
        for setting in a.settings:
            net = network(nonlinear)
            loops, _, compiled = setting.partition("-")
            optimizer = torch.optim.SGD(net.parameters(), lr=1e-3, momentum=0.9, weight_decay=1e-4, **{loops: True})
            try:
                step = stepper(net, optimizer, batches, compiled == "compile")
                for _ in range(5):
                    step()
            except Exception as e:  # no C++ compiler, or no such loop in this version
                print(f"# {name}/{setting}: {type(e).__name__}: {str(e).splitlines()[0]}")
                continue
            # The fastest of chunks, as these machines are shared.
            best, end, n = 0.0, time.perf_counter() + a.seconds, 10
            while time.perf_counter() < end:
                start = time.perf_counter()
                for _ in range(n):
                    step()
                best = max(best, n * a.batch / (time.perf_counter() - start))
            print(f"BenchmarkTorchStep/{name}/f32/threads={a.threads}/{setting} 1 {best:.0f} samples/s", flush=True)


main()

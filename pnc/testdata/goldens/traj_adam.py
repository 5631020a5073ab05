"""Writes traj_adam.json: training trajectories with torch.optim.Adam and AdamW, also of networks with skips, float64, one thread.

The layout is that of the other traj_*.json, with name, betas and eps of the optimizer, and with the number of the block
whose features are added in front of the ReLU, counted from 1, as skip."""

import json
import sys

import torch
from torch import nn
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
SEED, STEPS = 21, 25


class Block(nn.Module):
    def __init__(self, b):
        super().__init__()
        self.linear = nn.Linear(b["in"], b["out"], bias=b["bias"])
        self.norm = nn.BatchNorm1d(b["out"]) if b["batchnorm"] else None
        self.relu, self.skip = b["relu"], b["skip"]

    def forward(self, z, before):
        """The features after those before, of which z are the last."""
        z = self.linear(z)
        if self.norm is not None:
            z = self.norm(z)
        if self.skip:
            z = z + before[self.skip]
        return F.relu(z) if self.relu else z

    def state(self, grad=False):
        """The parameters, or gradients."""
        of = lambda p: p.grad if grad else p.detach()
        b = {"W": of(self.linear.weight).tolist()}
        if self.linear.bias is not None:
            b["b"] = of(self.linear.bias).tolist()
        if self.norm is not None:
            b["gamma"], b["beta"] = of(self.norm.weight).tolist(), of(self.norm.bias).tolist()
            if not grad:
                b["running_mean"], b["running_var"] = self.norm.running_mean.tolist(), self.norm.running_var.tolist()
        return b


class Net(nn.ModuleList):
    def features(self, x):
        z = [x]
        for b in self:
            z.append(b(z[-1], z))
        return z


def blocks(widths, bias=False, batchnorm=False, relu=True):
    last = len(widths) - 2
    return [{"in": widths[i], "out": widths[i + 1], "bias": bias, "batchnorm": batchnorm and i < last, "relu": relu and i < last, "skip": 0}
            for i in range(last + 1)]


def residual(width, count, length, post=False, **options):
    """A layer, then blocks with a skip around each, whose last layers have a ReLU after the sum if post is set."""
    all = blocks([8] + [width] * (1 + count * length) + [3], **options)
    for last in range(length, 1 + count * length, length):
        all[last]["skip"] = last + 1 - length
        all[last]["relu"] = all[last]["relu"] and post
    return all


def case(name, layers, n, batches, loss, alpha, optimizer, t0=None):
    d, classes = layers[0]["in"], layers[-1]["out"]
    x, labels = torch.randn(n, d) / d**0.5, torch.arange(n) % classes
    onehot = F.one_hot(labels, classes).double()
    net = Net([Block(b) for b in layers])
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[optimizer["name"]]
    options = {k: v for k, v in optimizer.items() if k != "name"}
    opt = kind(net.parameters(), **options)
    eta_min = optimizer["lr"] / 20
    scheduler = t0 and torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(opt, t0, eta_min=eta_min)
    c = {"name": name, "blocks": layers, "bn": {"eps": 1e-5, "momentum": 0.1}, "loss": loss, "alpha": alpha, "optimizer": optimizer,
         "scheduler": t0 and {"t0": t0, "eta_min": eta_min}, "N": n, "d": d, "K": classes, "X": x.tolist(), "labels": labels.tolist(),
         "batches": batches, "steps": STEPS, "init": [b.state() for b in net], "loss_per_step": [], "grad_norm_per_step": [], "lr_per_step": []}
    for step in range(STEPS):
        at = batches[step % len(batches)]
        out = alpha * net.features(x[at])[-1]
        value = ((out - onehot[at]) ** 2).sum() / len(at) if loss == "mse" else F.cross_entropy(out, labels[at])
        opt.zero_grad()
        value.backward()
        if step == 0:
            c["grad_step0"] = [b.state(grad=True) for b in net]
        c["loss_per_step"].append(value.item())
        c["grad_norm_per_step"].append(torch.cat([p.grad.flatten() for p in net.parameters()]).norm().item())
        c["lr_per_step"].append(opt.param_groups[0]["lr"])
        opt.step()
        if scheduler and (step + 1) % len(batches) == 0:
            scheduler.step()
    c["final"] = [b.state() for b in net]
    net.eval()
    z = net.features(x)[1:]
    c["eval_features_norm"], c["eval_logits"] = [v.norm().item() for v in z], z[-1].detach().tolist()
    return c


def main():
    torch.manual_seed(SEED)
    whole = [list(range(12))]
    ragged = [[3, 1, 8, 0, 6], [2, 7, 9, 5, 4], [10, 11]]
    cases = [
        case("adam, bias", blocks([8, 10, 10, 3], bias=True), 12, whole, "mse", 1.0, {"name": "adam", "lr": 0.01, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.05}),
        case("adam, BatchNorm", blocks([8, 10, 10, 3], batchnorm=True), 12, ragged, "ce", 1.0, {"name": "adam", "lr": 0.01, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.01}),
        case("adamw, BatchNorm, cosine", blocks([8, 10, 10, 3], batchnorm=True), 12, ragged, "mse", 2.0, {"name": "adamw", "lr": 0.02, "betas": [0.8, 0.99], "eps": 1e-4, "weight_decay": 0.1}, t0=5),
        case("adamw, linear", blocks([8, 8, 8, 3], relu=False), 12, whole, "mse", 1.0, {"name": "adamw", "lr": 0.005, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.5}),
        case("skips, BatchNorm", residual(7, 2, 2, batchnorm=True), 12, ragged, "mse", 1.0, {"name": "adamw", "lr": 0.01, "betas": [0.9, 0.999], "eps": 1e-6, "weight_decay": 0.01}),
        case("skips, ReLU after sums, bias", residual(7, 3, 1, post=True, bias=True), 12, whole, "ce", 1.0, {"name": "adam", "lr": 0.01, "betas": [0.9, 0.999], "eps": 1e-6, "weight_decay": 0.0}),
        case("skips, linear", residual(7, 4, 1, relu=False), 12, whole, "mse", 1.0, {"name": "adam", "lr": 0.003, "betas": [0.9, 0.999], "eps": 1e-6, "weight_decay": 0.0}),
    ]
    json.dump({"seed": SEED, "torch": torch.__version__.split("+")[0], "cases": cases}, sys.stdout, separators=(",", ":"))


if __name__ == "__main__":
    main()

"""Writes traj_conv.json: training trajectories of small convolutional networks in PyTorch, float64, one thread."""

import json
import sys

import torch
from torch import nn
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
SEED, STEPS = 20, 20


def linear_map(l):
    """The linear map of a layer and its BatchNorm."""
    bias = l["bias"]
    if l["conv"]:
        c = l["conv"]
        m = nn.Conv2d(c["channels"], l["out"], c["kernel"], c["stride"], c["kernel"] // 2, bias=bias)
        return m, nn.BatchNorm2d(l["out"]) if l["batchnorm"] else None
    return nn.Linear(l["in"], l["out"], bias=bias), nn.BatchNorm1d(l["out"]) if l["batchnorm"] else None


class Net(nn.Module):
    """z -> Pool(ReLU(BatchNorm(W z + b) + Skip)), layer by layer."""

    def __init__(self, layers):
        super().__init__()
        self.layers = layers
        self.maps, self.norms = nn.ModuleList(), nn.ModuleList()
        self.skip_maps, self.skip_norms = nn.ModuleList(), nn.ModuleList()
        for l in layers:
            m, n = linear_map(l)
            self.maps.append(m)
            self.norms.append(n or nn.Identity())
            s = l["skip"] and l["skip"]["map"]
            m, n = linear_map(s) if s else (nn.Identity(), None)
            self.skip_maps.append(m)
            self.skip_norms.append(n or nn.Identity())

    def features(self, x):
        z = [x]
        for i, l in enumerate(self.layers):
            y = z[-1] if l["conv"] else z[-1].flatten(1)
            y = self.norms[i](self.maps[i](y))
            if l["skip"]:
                y = y + self.skip_norms[i](self.skip_maps[i](z[l["skip"]["from"]]))
            if l["relu"]:
                y = F.relu(y)
            if l["pool"]:
                size = (l["pool"]["height"], l["pool"]["width"])
                y = F.max_pool2d(y, size) if l["pool"]["max"] else F.avg_pool2d(y, size)
            z.append(y)
        return z

    def state(self, grad=False):
        return [
            dict(block(self.maps[i], self.norms[i], grad), skip=block(self.skip_maps[i], self.skip_norms[i], grad))
            for i in range(len(self.layers))
        ]


def block(m, n, grad):
    """The parameters, or gradients, of a linear map and its BatchNorm."""
    if isinstance(m, nn.Identity):
        return None
    of = lambda p: p.grad if grad else p.detach()
    w = of(m.weight)
    if w.dim() == 4:  # W[o, (jk+i)C + c] = weight[o,c,i,j]
        w = w.permute(0, 3, 2, 1).flatten(1)
    b = {"W": w.tolist()}
    if m.bias is not None:
        b["b"] = of(m.bias).tolist()
    if not isinstance(n, nn.Identity):
        b["gamma"], b["beta"] = of(n.weight).tolist(), of(n.bias).tolist()
        if not grad:
            b["running_mean"], b["running_var"] = n.running_mean.tolist(), n.running_var.tolist()
    return b


def layer(out, conv=None, in_=0, bias=False, batchnorm=True, relu=True, skip=None, pool=None):
    return {"in": in_, "out": out, "conv": conv, "bias": bias, "batchnorm": batchnorm, "relu": relu, "skip": skip, "pool": pool}


def conv(shape, kernel=3, stride=1):
    return {"channels": shape[0], "height": shape[1], "width": shape[2], "kernel": kernel, "stride": stride}


def pool(height, width, largest=False):
    return {"height": height, "width": width, "max": largest}


def case(name, layers, shape, n, batches, loss, alpha, lr, momentum, decay):
    classes = layers[-1]["out"]
    pixels = torch.randint(0, 256, (n, shape[0] * shape[1] * shape[2]))
    x = pixels.double().reshape(n, *shape) / 255
    labels = torch.arange(n) % classes
    onehot = F.one_hot(labels, classes).double()
    net = Net(layers)
    opt = torch.optim.SGD(net.parameters(), lr=lr, momentum=momentum, weight_decay=decay)
    c = {"name": name, "layers": layers, "shape": shape, "pixels": pixels.tolist(), "labels": labels.tolist(), "K": classes,
         "batches": batches, "loss": loss, "alpha": alpha, "optimizer": {"lr": lr, "momentum": momentum, "weight_decay": decay},
         "init": net.state(), "loss_per_step": []}
    for step in range(STEPS):
        at = batches[step % len(batches)]
        out = alpha * net.features(x[at])[-1]
        value = ((out - onehot[at]) ** 2).sum() / len(at) if loss == "mse" else F.cross_entropy(out, labels[at])
        opt.zero_grad()
        value.backward()
        if step == 0:
            c["grad_step0"] = net.state(grad=True)
        c["loss_per_step"].append(value.item())
        opt.step()
    c["final"] = net.state()
    net.eval()
    z = net.features(x)
    c["eval_features_norm"] = [v.norm().item() for v in z[1:]]
    c["eval_logits"] = z[-1].detach().tolist()
    return c


def main():
    torch.manual_seed(SEED)
    classifier = lambda n: layer(3, in_=n, batchnorm=False, relu=False)
    three = [[4, 11, 6, 9], [5, 7, 0, 8], [10, 1, 3, 2]]
    ragged = [[3, 1, 8, 0, 6], [2, 7, 9, 5, 4], [10, 11]]
    cases = [
        case("pooling", [
            layer(3, conv((2, 6, 4)), pool=pool(2, 2, True)),
            layer(4, conv((3, 3, 2)), pool=pool(3, 2)),
            layer(5, in_=4),
            classifier(5),
        ], (2, 6, 4), 12, three, "mse", 1.0, 0.05, 0.9, 1e-3),
        case("residual", [
            layer(3, conv((1, 5, 5))),
            layer(3, conv((3, 5, 5))),
            layer(3, conv((3, 5, 5)), skip={"from": 1, "map": None}),
            layer(4, conv((3, 5, 5), stride=2)),
            layer(4, conv((4, 3, 3)), skip={"from": 3, "map": layer(4, conv((3, 5, 5), 1, 2))}, pool=pool(3, 3)),
            classifier(4),
        ], (1, 5, 5), 12, ragged, "ce", 2.0, 0.1, 0.9, 1e-3),
        case("bias, kernels of 5 and 1, no BatchNorm", [
            layer(3, conv((2, 4, 4), 5), bias=True, batchnorm=False, pool=pool(2, 2)),
            layer(2, conv((3, 2, 2), 1), bias=True, batchnorm=False, relu=False),
            classifier(8),
        ], (2, 4, 4), 12, three, "mse", 1.0, 0.05, 0.5, 0.0),
    ]
    json.dump({"seed": SEED, "torch": torch.__version__.split("+")[0], "cases": cases}, sys.stdout, separators=(",", ":"))


if __name__ == "__main__":
    main()

"""Exchange the weights of networks between PyTorch and pnclab, in files that hold a description of the network too.

    import pnclab_weights as weights

    model = weights.load("net.safetensors")         # what pnc.Save wrote, as a torch.nn.Module
    weights.save(model, "net.safetensors", (1, 28, 28))     # for pnc.Load, pnclab measure --network

save takes a torch.nn.Sequential, nested or not, of Linear, Conv2d, BatchNorm1d, BatchNorm2d, ReLU, MaxPool2d, AvgPool2d,
AdaptiveAvgPool2d, Flatten, Dropout and Identity, and says what pnclab has no layer for. load returns a Sequential, or for
networks with skip connections a module of its own. Features of any other model: pnclab_export.py.

The format is safetensors, with a description in its metadata (docs/weights.md in pnclab). This file needs nothing but torch
2.0 or newer: copy it where you like. For a network without skips two lines of the package safetensors do as well:

    model = torch.nn.Sequential(torch.nn.Linear(784, 256), torch.nn.BatchNorm1d(256), torch.nn.ReLU(), torch.nn.Linear(256, 10))
    model.load_state_dict(safetensors.torch.load_file("net.safetensors"))

MIT License. Copyright (c) 2026 The pnclab authors.
"""

import json
import os
import struct

import torch
from torch import nn

__all__ = ["save", "load", "read", "describe", "build"]

_KEY = "pnclab.network"
_TYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64}


def load(path):
    """Return the network in a file as a torch.nn.Module in eval() mode, with parameters in the type of the file. It takes
    N×d samples, or N×C×H×W if its first layer is a convolution."""
    tensors, description = read(path)
    if description is None:
        raise ValueError(f"{path}: no description of a network; it is a state_dict, for model.load_state_dict")
    model = build(description, tensors)
    model.load_state_dict(tensors)
    return model.eval()


def save(model, path, shape=None):
    """Write a Sequential to a file, in the type of its parameters. shape is that of a sample, (C, H, W), which networks need
    that begin with a convolution."""
    description, names = describe(model, shape)
    state = model.state_dict()
    _write(path, {name: state[name] for name in names}, {_KEY: json.dumps(description)})


def _write(path, tensors, metadata):
    """Write a safetensors file, which gets its name once it is complete."""
    header, at = {"__metadata__": {"format": "pt", **metadata}}, 0
    types = {v: k for k, v in _TYPES.items()}
    for name, t in tensors.items():
        if t.dtype not in types:
            raise ValueError(f"{name}: of type {t.dtype}; model.float() first")
        size = t.numel() * t.element_size()
        header[name] = {"dtype": types[t.dtype], "shape": list(t.shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    part = f"{path}.{os.getpid()}.tmp"
    try:
        with open(part, "wb") as f:
            f.write(struct.pack("<Q", len(text)) + text)
            for t in tensors.values():
                f.write(_bytes(t))
        os.replace(part, path)
    finally:
        if os.path.exists(part):
            os.remove(part)


def _bytes(t):
    return bytes(t.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())


def read(path):
    """Return the tensors of a safetensors file by name and its description, None if there is none."""
    with open(path, "rb") as f:
        size, = struct.unpack("<Q", f.read(8))
        if size > 100 << 20:
            raise ValueError(f"{path}: not a safetensors file")
        header, data = json.loads(f.read(size)), f.read()
    description = header.pop("__metadata__", {}).get(_KEY)
    tensors = {}
    for name, t in header.items():
        start, end = t["data_offsets"]
        tensors[name] = torch.frombuffer(bytearray(data[start:end]), dtype=_TYPES[t["dtype"]]).reshape(t["shape"])
    return tensors, description and json.loads(description)


def describe(model, shape=None):
    """Return the description of a Sequential and the names of the tensors that belong to it."""
    shape, flat, layers, names = shape and tuple(shape), shape is None or len(shape) == 1, [], []

    def wrong(name, what):
        raise ValueError(f"{name}: {what}; export its features with pnclab_export.py instead")

    def walk(module, prefix):
        for child, m in module.named_children():
            name = prefix + child
            yield from walk(m, name + ".") if type(m) is nn.Sequential else [(name, m)]

    if type(model) is not nn.Sequential:
        wrong(type(model).__name__, "not a torch.nn.Sequential")
    for name, m in walk(model, ""):
        last = layers[-1] if layers else None
        if isinstance(m, (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Identity)):
            continue
        elif isinstance(m, nn.Linear):
            if not flat:
                wrong(name, f"a Linear after features of shape {shape}, without Flatten before it")
            layers.append({"Name": name, "Module": name})
            shape = (m.out_features,)
        elif isinstance(m, nn.Conv2d):
            if flat or not shape:
                raise ValueError(f"{name}: a convolution of samples of unknown shape; save(model, path, (C, H, W))")
            k = m.kernel_size[0]
            padding = m.padding if isinstance(m.padding, str) else tuple(m.padding)
            if m.kernel_size != (k, k) or k % 2 == 0 or m.stride[0] != m.stride[1] or m.dilation != (1, 1) or m.groups != 1:
                wrong(name, "a convolution that is not square with an odd size, one stride, no dilation and no groups")
            if m.padding_mode != "zeros" or not (padding == (k // 2, k // 2) or padding == "same" or padding == "valid" and k == 1):
                wrong(name, f"a convolution of size {k} that is not padded by {k // 2} zeros on every side")
            layers.append({"Name": name, "Module": name, "Conv": {
                "In": dict(zip(("Channels", "Height", "Width"), shape)), "Kernel": k, "Stride": m.stride[0]}})
            shape = (m.out_channels, *(-(-s // m.stride[0]) for s in shape[1:]))
        elif isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d)):
            if last is None or "ReLU" in last or "Pool" in last or "Norm" in last:
                wrong(name, "a BatchNorm that does not follow a Linear or Conv2d directly")
            if m.running_mean is None:
                wrong(name, "a BatchNorm without running statistics")
            if m.momentum is None:
                wrong(name, "a BatchNorm whose running statistics are averages of all batches (momentum=None)")
            last["Norm"] = {"Module": name, "Eps": m.eps, "StatMomentum": m.momentum}
            if not m.affine:
                last["Norm"]["Plain"] = True
            names += [f"{name}.{t}" for t in (["weight", "bias"] if m.affine else []) + ["running_mean", "running_var"]]
        elif isinstance(m, nn.ReLU):
            if last is None or "Pool" in last:
                wrong(name, "a ReLU that does not follow a Linear, Conv2d or BatchNorm")
            last["ReLU"] = True
        elif isinstance(m, (nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d)):
            if last is None or flat or "Pool" in last:
                wrong(name, "pooling that does not follow a convolution, or other pooling")
            last["Pool"] = {"Height": 0, "Width": 0, "Max": isinstance(m, nn.MaxPool2d)}
            if isinstance(m, nn.AdaptiveAvgPool2d):
                if m.output_size not in (1, (1, 1)):
                    wrong(name, "adaptive pooling to more than one value")
                size = shape[1:]
            else:
                size = m.kernel_size if isinstance(m.kernel_size, tuple) else (m.kernel_size,) * 2
                stride = m.stride if isinstance(m.stride, tuple) else (m.stride,) * 2
                tiles = stride == size and all(s % d == 0 for s, d in zip(shape[1:], size))
                if not tiles or m.padding not in (0, (0, 0)) or getattr(m, "dilation", 1) not in (1, (1, 1)) or getattr(m, "divisor_override", None):
                    wrong(name, f"pooling whose rectangles do not tile images of {shape[1]}×{shape[2]}")
            last["Pool"]["Height"], last["Pool"]["Width"] = size
            shape = (shape[0], shape[1] // size[0], shape[2] // size[1])
        elif isinstance(m, nn.Flatten):
            if m.start_dim != 1 or m.end_dim != -1:
                wrong(name, "a Flatten of something else than samples")
            flat = True
        else:
            wrong(name, f"a {type(m).__name__}, for which pnclab has no layer")
        if isinstance(m, (nn.Linear, nn.Conv2d)):
            names.append(name + ".weight")
            if m.bias is not None:
                layers[-1]["Bias"] = True
                names.append(name + ".bias")
    if not layers:
        wrong("the model", "no Linear or Conv2d in it")
    if all(layer["Module"].isdigit() for layer in layers):
        for i, layer in enumerate(layers):
            layer["Name"] = f"hidden{i + 1}" if i < len(layers) - 1 else "classifier"
    return {"Version": 1, "Name": "PyTorch network", "Layers": layers}, names


def build(description, tensors):
    """Return the module that a description says, with the names of its tensors and without their values."""
    if description["Version"] != 1:
        raise ValueError(f"a description of version {description['Version']}; a newer pnclab_weights.py reads it")
    modules, skips, dtype = {}, {}, next(iter(tensors.values())).dtype
    for layer in description["Layers"]:
        _linear(modules, layer, tensors, dtype)
        if "Skip" in layer:
            way = {}
            if "Map" in layer["Skip"]:
                _linear(way, layer["Skip"]["Map"], tensors, dtype)
            skips[layer["Module"]] = way
            modules.update(way)
    if not skips and all(name.isdigit() for name in modules):
        return _sequential(description, modules)
    return _Network(description, modules)


def _linear(modules, layer, tensors, dtype):
    """Add the linear map of a layer and its BatchNorm."""
    w, bias = tensors[layer["Module"] + ".weight"], layer.get("Bias", False)
    if "Conv" in layer:
        k = layer["Conv"]["Kernel"]
        m = nn.Conv2d(w.shape[1], w.shape[0], k, layer["Conv"]["Stride"], k // 2, bias=bias, dtype=dtype)
    else:
        m = nn.Linear(w.shape[1], w.shape[0], bias, dtype=dtype)
    modules[layer["Module"]] = m
    if "Norm" in layer:
        n = layer["Norm"]
        kind = nn.BatchNorm2d if "Conv" in layer else nn.BatchNorm1d
        modules[n["Module"]] = kind(w.shape[0], n["Eps"], n["StatMomentum"], affine=not n.get("Plain", False), dtype=dtype)


def _pool(p):
    return (nn.MaxPool2d if p.get("Max") else nn.AvgPool2d)((p["Height"], p["Width"]))


def _sequential(description, modules):
    """Return a Sequential whose modules with tensors have the given numbers, and others those between them."""
    out, convolution = [], False
    for layer in description["Layers"]:
        if convolution and "Conv" not in layer:
            out.append(nn.Flatten())
        convolution = "Conv" in layer
        for part in [layer] + ([layer["Norm"]] if "Norm" in layer else []):
            while len(out) < int(part["Module"]):  # a Flatten or Dropout of the network that was saved
                out.append(nn.Identity() if convolution else nn.Flatten())
            out.append(modules[part["Module"]])
        if layer.get("ReLU"):
            out.append(nn.ReLU())
        if "Pool" in layer:
            out.append(_pool(layer["Pool"]))
    return nn.Sequential(*out)


class _Network(nn.Module):
    """A network with skip connections, or with modules that have names."""

    def __init__(self, description, modules):
        super().__init__()
        self._layers = description["Layers"]
        for name, m in modules.items():
            parent, parts = self, name.split(".")
            for part in parts[:-1]:
                if part not in parent._modules:
                    parent.add_module(part, nn.Module())
                parent = parent._modules[part]
            parent.add_module(parts[-1], m)

    def forward(self, x):
        features = [x]
        for layer in self._layers:
            z = self._linear(layer, features[-1])
            if "Skip" in layer:
                skip = features[layer["Skip"]["From"]]
                z = z + (self._linear(layer["Skip"]["Map"], skip) if "Map" in layer["Skip"] else skip)
            if layer.get("ReLU"):
                z = torch.relu(z)
            if "Pool" in layer:
                z = _pool(layer["Pool"])(z)
            features.append(z)
        return features[-1]

    def _linear(self, layer, x):
        m = self.get_submodule(layer["Module"])
        z = m(x if isinstance(m, nn.Conv2d) else x.flatten(1))
        return self.get_submodule(layer["Norm"]["Module"])(z) if "Norm" in layer else z

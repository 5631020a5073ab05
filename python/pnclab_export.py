"""Export the features of a PyTorch network, layer by layer, and measure them with pnclab.

    import pnclab_export as pnclab

    with pnclab.record(model, layers="layer?|*.mlp", pool="mean") as r:
        for x, y in loader:
            r.batch(y)              # the labels of the forward pass that follows
            model(x)
    r.save("features")              # a folder; "features.npz" for one file
    print(pnclab.measure("features"))

record watches any forward passes, export runs a DataLoader, every(k, ...) does so every k epochs of a training run,
measure runs the command `pnclab measure`. The file needs nothing but torch 2.0 or newer and numpy: copy it where you like.

What is written, as .npy files in a folder or as arrays of an .npz file:

    NAME         N×d, the features of a layer, one row per sample. In a folder, NAME_000.npy, NAME_001.npy, ... hold its rows
                 one after the other. Layers are named after their modules; a number in front (0_conv1, 1_fc) says in which
                 order they were called, unless the names differ in numbers alone and rise (h.0, h.1, ...).
    labels       N integers
    classifier.weight, classifier.bias      K×d and K, if the network ends in a linear classifier. As that acts on the last
                 layer, the last layer is the classifier's input, NAME.input, and its output is left out. The input is left
                 out as well if it is the layer before, up to 1e-5 of the largest value.

MIT License. Copyright (c) 2026 The pnclab authors.
"""

import contextlib
import fnmatch
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
import warnings
import weakref
import zipfile

import numpy as np
import torch

__all__ = ["record", "export", "every", "measure", "Recorder", "Every"]

_HEADER = 128  # bytes of the header of a .npy file, the same for any number of rows, so that it can be written last
_RESERVED = {"label", "labels", "y", "y_true", "target", "targets", "mask", "classifier", "weight", "bias"}


def record(model, layers, pool=None, classifier="auto", dtype="float32", training=False, scratch=".", shard=2**30):
    """Return a Recorder, a context that records the outputs of layers in all forward passes of model inside it.

    layers       names of modules as in model.named_modules(); * ? [] match any characters, dots too, and | joins patterns
    pool         how outputs N×T×d (tokens) and N×C×H×W (channels first) become N×d: "mean" or "max" over tokens or positions,
                 "cls" or "last" for the first or the last token, "flatten", or a function of the output. Pooling is done
                 in float32 (float64 for outputs in float64). Without pool, such outputs are an error.
    classifier   name of the linear module whose weight and bias are kept. "auto" takes the last torch.nn.Linear if it has as
                 many outputs as there are classes and no recorded layer runs after it, None takes none.
    dtype        of the files: "float32", "float64" or "float16", whose relative error is at most 2^-11 for absolute values from
                 6.2e-5 to 65504; smaller ones are off by at most 3e-8, larger ones are an error
    training     True leaves the model in its mode and gradients on. Otherwise it is in eval() mode inside the context,
                 since dropout and the statistics of a batch are not features of a sample, and goes back afterwards.
    scratch      folder for the files until save moves them, best on the disk of the result
    shard        bytes after which a layer goes on in a new file

    A module that is called several times in a forward pass is recorded as NAME, NAME.call2, ...; of a tuple, list or dictionary
    the first tensor counts. Rows go to disk after each forward pass, so that memory holds those of one. If the block ends in
    an exception, nothing is kept. For torch.nn.DataParallel give the wrapper; a model from torch.compile is to be recorded,
    and called, as it was before. With several processes, record in one.
    """
    return Recorder(model, layers, pool, classifier, dtype, training, scratch, shard)


class Recorder:
    """The context that record returns."""

    def __init__(self, model, layers, pool, classifier, dtype, training, scratch, shard):
        if not callable(pool) and pool not in (None, "mean", "max", "cls", "last", "flatten"):
            raise ValueError(f'pool={pool!r}: it is "mean", "max", "cls", "last", "flatten" or a function')
        if dtype not in ("float16", "float32", "float64"):
            raise ValueError(f'dtype={dtype!r}: it is "float16", "float32" or "float64"')
        self._model, self._pool, self._dtype, self._training, self._shard = model, pool, dtype, training, shard
        self._devices = list(getattr(model, "device_ids", None) or [])
        wrapped = (torch.nn.DataParallel, torch.nn.parallel.DistributedDataParallel)
        self._modules = dict((model.module if isinstance(model, wrapped) else model).named_modules())
        self._modules.pop("", None)
        self._layers = [name for name in self._modules if any(fnmatch.fnmatchcase(name, p) for p in layers.split("|"))]
        unmatched = [p for p in layers.split("|") if not fnmatch.filter(self._modules, p)]
        if unmatched or (classifier not in ("auto", None) and classifier not in self._modules):
            names, missing = list(self._modules), unmatched[0] if unmatched else classifier
            more = f", ... ({len(names)} in all)" if len(names) > 60 else ""
            raise ValueError(f"no layer is called {missing!r}; there are {', '.join(names[:60])}{more}")
        linear = [name for name, module in self._modules.items() if isinstance(module, torch.nn.Linear)]
        self._auto = classifier == "auto"
        self._classifier = (linear or [None])[-1] if self._auto else classifier
        self._folder = tempfile.mkdtemp(prefix=".pnclab-", dir=scratch)
        self._remove = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._arrays, self._labels, self._y, self._mask = {}, [], None, None
        self._pieces, self._calls, self._inside = {}, {}, False  # of the forward pass under way
        self._lock, self._stack, self._state, self._same = threading.Lock(), contextlib.ExitStack(), "new", True

    def __enter__(self):
        if self._state != "new":
            raise RuntimeError("a recorder is used once; call record again")
        self._state = "open"
        if not self._training:
            if any(module.training for module in self._modules.values()):  # a DataParallel around it does not count
                warnings.warn("the model was in training mode: it is in eval() mode while it is recorded; training=True leaves it as it is",
                              stacklevel=2)
            self._stack.enter_context(_evaluating(self._model))
        hooks = [self._model.register_forward_pre_hook(self._begin), self._model.register_forward_hook(self._end)]
        for name in self._layers:
            hooks.append(self._modules[name].register_forward_hook(lambda _, args, out, name=name: self._take(name, out)))
        if self._classifier:
            take = lambda _, args, kwargs: self._take(self._classifier + ".input", args or kwargs)
            hooks.append(self._modules[self._classifier].register_forward_pre_hook(take, with_kwargs=True))
        for hook in hooks:
            self._stack.callback(hook.remove)
        return self

    def __exit__(self, kind, value, traceback):
        if self._state == "open" and kind is None:
            self._close()
        elif self._state == "open":
            self._discard()

    def batch(self, labels=None, mask=None):
        """Give the labels of the samples of the next forward pass, and for padded tokens the mask N×T, true for those that
        count. Call it before each forward pass, or give all labels to save."""
        if self._state != "open":
            raise RuntimeError("batch: the recorder is not open")
        if not self._inside:
            self._flush()  # of a part of the model that was called without the model
        if labels is not None and self._arrays and not self._labels:
            raise RuntimeError("batch(labels) is to be called before each forward pass; there was one without")
        self._y = None if labels is None else _integers(labels)
        self._mask = None if mask is None else torch.as_tensor(mask).bool()

    def save(self, path, labels=None, overwrite=False):
        """Write the features to path, a folder, or one file if it ends in .npz. What is there is replaced if it is such a
        file, or a folder of .npy files, and overwrite is true. labels gives those of all samples, in their order."""
        if self._state == "open":
            self._close()
        if self._state != "closed":
            raise RuntimeError("there is nothing to save: " + {"new": "nothing was recorded", "saved": "it is saved already"}.get(
                self._state, "the recording ended in an error"))
        path = os.fspath(path)
        _check_free(path, overwrite)
        if labels is not None and self._labels:
            raise ValueError("labels were given batch by batch already")
        y = np.concatenate(self._labels) if self._labels else None if labels is None else _integers(labels)
        rows = next(iter(self._arrays.values())).rows
        if y is None:
            warnings.warn("no labels: give them to batch or save, or to the command by --labels", stacklevel=2)
        elif len(y) != rows:
            raise ValueError(f"{len(y)} labels for features of {rows} samples")
        weights = self._settle_classifier(y)
        names = _sortable(list(self._arrays))
        small = {name: a for name, a in {"labels": y, **weights}.items() if a is not None}
        if path.endswith(".npz"):
            target = os.path.join(self._folder, "features.npz")
            with zipfile.ZipFile(target, "w") as archive:
                for name, array in zip(names, self._arrays.values()):
                    with archive.open(name + ".npy", "w", force_zip64=True) as out:
                        array.copy_to(out)
                for name, a in small.items():
                    with archive.open(name + ".npy", "w", force_zip64=True) as out:
                        np.lib.format.write_array(out, a)
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            _move(target, path)
            self._remove()
        else:
            for name, array in zip(names, self._arrays.values()):
                for i, file in enumerate(array.files):
                    os.rename(file, os.path.join(self._folder, f"{name}_{i:03d}.npy"))
            for name, a in small.items():
                np.save(os.path.join(self._folder, name + ".npy"), a)
            if os.path.isdir(path):
                shutil.rmtree(path)
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            umask = os.umask(0)
            os.umask(umask)
            os.chmod(self._folder, 0o777 & ~umask)  # a temporary folder is its owner's alone
            shutil.move(self._folder, path)
            self._remove.detach()
        self._state = "saved"

    # What the hooks call. Nothing that they return reaches the model.

    def _begin(self, module, args):
        if getattr(module, "_is_replica", False):
            raise RuntimeError("record the DataParallel wrapper, not the module in it")
        if not self._inside:
            self._flush()
        self._pieces, self._calls, self._inside = {}, {}, True  # what a failed forward pass left is dropped

    def _end(self, module, args, output):
        self._inside = False
        self._flush()

    def _take(self, name, output):
        z = _first_tensor(output)
        if z is None:
            raise TypeError(f"{name} has no tensor in its output, but {type(output).__name__}")
        z = z.detach()
        part = self._part(z)
        mask = self._mask
        if mask is not None and len(self._devices) > 1:
            mask = mask.chunk(len(self._devices))[part]
        z = self._pooled(name, z.to(z.dtype if z.dtype == torch.float64 else torch.float32), mask)
        z = z.to("cpu", copy=True)  # now: a layer that works in place may change it next
        with self._lock:
            calls = self._calls[name, part] = self._calls.get((name, part), 0) + 1
            self._pieces.setdefault(name if calls == 1 else f"{name}.call{calls}", {})[part] = z

    def _part(self, z):
        """Return which part of the batch z is: DataParallel calls replicas in threads, with a part on each device."""
        return self._devices.index(z.get_device()) if len(self._devices) > 1 else 0

    def _pooled(self, name, z, mask):
        pool, shape = self._pool, "×".join(map(str, z.shape))
        if callable(pool):
            z = pool(z)
            if z.ndim != 2:
                raise ValueError(f"{name}: pool gives {z.ndim} dimensions; it should give N×d")
        if z.ndim <= 2:
            return z.reshape(len(z), -1) if z.ndim else z.reshape(1, 1)
        if pool is None:
            raise ValueError(f'{name} gives {shape}: say pool="mean", "max", "cls", "last" (of N×T×d) or "flatten"')
        if pool == "flatten":
            return z.flatten(1)
        if z.ndim > 3:  # channels first, the rest are positions
            if pool in ("cls", "last"):
                raise ValueError(f'{name} gives {shape}: pool="{pool}" takes a token of N×T×d; say "mean", "max" or "flatten"')
            z, mask = z.flatten(2).transpose(1, 2), None
        if mask is None:
            return {"mean": lambda: z.mean(1), "max": lambda: z.amax(1), "cls": lambda: z[:, 0], "last": lambda: z[:, -1]}[pool]()
        mask = mask.to(z.device)
        if mask.shape != z.shape[:2] or not mask.any(1).all():
            raise ValueError(f"{name} gives {shape}, the mask is {'×'.join(map(str, mask.shape))}: it should be N×T, with a token for each sample")
        if pool in ("cls", "last"):
            at = torch.arange(z.shape[1], device=z.device).expand_as(mask)
            at = at.masked_fill(~mask, z.shape[1]).amin(1) if pool == "cls" else at.masked_fill(~mask, -1).amax(1)
            return z[torch.arange(len(z), device=z.device), at]
        if pool == "max":
            return z.masked_fill(~mask[:, :, None], -torch.inf).amax(1)
        return z.masked_fill(~mask[:, :, None], 0).sum(1) / mask.sum(1, keepdim=True)

    # What happens between forward passes.

    def _flush(self):
        """Append the features of a forward pass to the files."""
        rows = {name: torch.cat([parts[i] for i in sorted(parts)]) for name, parts in self._pieces.items()}
        self._pieces, self._calls = {}, {}
        if not rows:
            return
        y, self._y, self._mask = self._y, None, None
        if y is None and self._labels:
            raise RuntimeError("a forward pass without batch(labels) before it, after others with")
        n = len(next(iter(rows.values()))) if y is None else len(y)
        for name, z in rows.items():
            if len(z) != n:
                raise ValueError(f"{name} gives {len(z)} rows for {n} samples; the first dimension should be the sample")
        if y is not None:
            self._labels.append(y)
        source = f"{self._classifier}.input"
        if source in rows:
            before = ([None] + list(rows))[list(rows).index(source)]
            a, b = rows.get(before), rows[source]
            self._same = self._same and a is not None and a.shape == b.shape and bool((a - b).abs().max() <= 1e-5 * b.abs().max())
        for name, z in rows.items():
            if name not in self._arrays:
                self._arrays[name] = _Array(os.path.join(self._folder, str(len(self._arrays))), self._dtype, self._shard)
            self._arrays[name].append(name, z.numpy())

    def _close(self):
        try:
            self._stack.close()
            if not self._inside:
                self._flush()
            for array in self._arrays.values():
                array.close()
            uncalled = [name for name in self._layers if name not in self._arrays]
            if uncalled:
                raise RuntimeError(f"not called in any forward pass: {', '.join(uncalled)}; "
                                   "was the recorded model called, and not one compiled from it?")
            rows = {name: a.rows for name, a in self._arrays.items()}
            n = max(rows.values(), default=0)
            for name in rows:
                if rows[name] != n:
                    raise RuntimeError(f"{name} was called for {rows[name]} of {n} samples")
            self._state = "closed"
        except BaseException:
            self._discard()
            raise

    def _discard(self):
        self._state = "discarded"
        self._stack.close()
        for array in self._arrays.values():
            array.close()
        self._remove()

    def _settle_classifier(self, y):
        """Return the arrays of the classifier, after its input was made the last layer, or none and leave its input out."""
        name = self._classifier
        if not name:
            return {}
        source, names, why = name + ".input", list(self._arrays), None
        weight = getattr(self._modules[name], "weight", None)
        classes = None if y is None or len(y) == 0 else int(y.max()) + 1
        if source not in names:
            why = "it was not called"
        elif source + ".call2" in names:
            why = "it is called several times in a forward pass"
        elif any(other != name for other in names[names.index(source) + 1:]):
            why = f"{names[-1]} runs after it"
        elif weight is None or weight.ndim != 2 or weight.shape[1] != self._arrays[source].d:
            why = "it has no matrix with as many columns as its input, pooled, has features"
        elif self._auto and classes is not None and len(weight) != classes:
            why = f"it has {len(weight)} outputs and the largest label is {classes - 1}"
        if why:
            warnings.warn(f"no classifier is saved, since {name} can't be it: {why}; name the right one by classifier=, or None", stacklevel=3)
            drop = [other for other in names if other == source or other.startswith(source + ".call")]
        else:
            drop = [name] + [source] * (self._same and names.index(source) > 0)
        for other in drop:
            if other in self._arrays:
                self._arrays.pop(other).remove()
        if why:
            return {}
        kind = "float64" if self._dtype == "float64" else "float32"
        keep = lambda t: None if t is None else t.detach().to("cpu", getattr(torch, kind)).numpy()
        return {"classifier.weight": keep(weight), "classifier.bias": keep(getattr(self._modules[name], "bias", None))}


class _Array:
    """The rows of one layer, appended to files."""

    def __init__(self, stem, dtype, limit):
        self.stem, self.dtype, self.limit = stem, np.dtype(dtype).newbyteorder("<"), limit
        self.files, self.counts, self.d, self.out = [], [], None, None

    @property
    def rows(self):
        return sum(self.counts)

    def append(self, name, z):
        if self.d not in (None, z.shape[1]):
            raise ValueError(f'{name} gives {z.shape[1]} features after {self.d}; pool="mean" or "max" does not depend on the size of the input')
        with np.errstate(over="ignore"):
            a = np.ascontiguousarray(z, dtype=self.dtype)
        if self.dtype.itemsize < z.dtype.itemsize and (np.isinf(a) & np.isfinite(z)).any():
            raise ValueError(f"{name} has values up to {np.abs(z[np.isfinite(z)]).max():.3g}, too large for {self.dtype.name}")
        self.d = z.shape[1]
        if self.out is None:
            self.files.append(f"{self.stem}.{len(self.files)}")
            self.counts.append(0)
            self.out = open(self.files[-1], "wb")
            self.out.write(bytes(_HEADER))
        self.out.write(memoryview(a).cast("B") if a.size else b"")
        self.counts[-1] += len(a)
        if self.out.tell() >= self.limit:
            self.close()

    def close(self):
        if self.out is not None:
            with self.out as out:
                out.seek(0)
                out.write(self.header(self.counts[-1]))
            self.out = None

    def remove(self):
        for file in self.files:
            os.remove(file)

    def header(self, rows):
        text = f"{{'descr': '{self.dtype.str}', 'fortran_order': False, 'shape': ({rows}, {self.d}), }}"
        return b"\x93NUMPY\x01\x00" + (_HEADER - 10).to_bytes(2, "little") + text.ljust(_HEADER - 11).encode() + b"\n"

    def copy_to(self, out):
        """Write all rows as one array."""
        out.write(self.header(self.rows))
        for file in self.files:
            with open(file, "rb") as f:
                f.seek(_HEADER)
                shutil.copyfileobj(f, out, 1 << 20)


@contextlib.contextmanager
def _evaluating(model):
    """Put the model into eval() mode, without gradients, and every module back into its own mode afterwards."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, mode in modes:
            module.training = mode


def _first_tensor(value):
    if isinstance(value, torch.Tensor):
        return value
    values = value.values() if hasattr(value, "values") else value if isinstance(value, (tuple, list)) else ()
    return next((t for t in map(_first_tensor, values) if t is not None), None)


def _integers(labels):
    y = np.asarray(labels.detach().cpu() if isinstance(labels, torch.Tensor) else labels)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1 or (y.dtype.kind not in "iub" and not (y.dtype.kind == "f" and (y == np.trunc(y)).all())):
        raise ValueError(f"labels are one integer per sample, not {y.dtype} of shape {'×'.join(map(str, y.shape))}; "
                         "for one-hot or mixed labels give argmax(1)")
    return y.astype(np.int64)


def _sortable(names):
    """Return names that a program may sort without changing their order."""
    split = [re.split(r"(\d+)", name) for name in names]
    numbers = [[int(part) for part in parts[1::2]] for parts in split]
    if all(parts[::2] == split[0][::2] for parts in split) and numbers == sorted(numbers) and not _RESERVED & {n.lower() for n in names}:
        return names
    width = len(str(len(names) - 1))
    return [f"{i:0{width}d}_{name}" for i, name in enumerate(names)]


def _check_free(path, overwrite=False):
    """Raise an error if saving to path would overwrite something else."""
    if not os.path.lexists(path):
        return
    folder = os.path.isdir(path)
    if folder == path.endswith(".npz") or (folder and not all(f.endswith(".npy") for f in os.listdir(path))):
        raise FileExistsError(f"{path} holds something else than features; name another one")
    if not overwrite and (not folder or os.listdir(path)):
        raise FileExistsError(f"{path} holds features already; overwrite=True replaces them")


def _move(source, target):
    """Move a file so that target is either what it was or complete."""
    try:
        os.replace(source, target)
    except OSError:  # another disk
        shutil.move(source, target + ".part")
        os.replace(target + ".part", target)


def export(model, loader, path, layers, device=None, overwrite=False, **options):
    """Run the model over the batches of a DataLoader and save the features to path; options are those of record.

    A batch is (inputs, labels) or a dictionary of the model's arguments that holds "labels" or "label" as well, whose
    "attention_mask" says which tokens count. Random numbers of torch on the CPU go on afterwards as if nothing had
    happened, and modules go back to their mode. For autocast, call it inside torch.autocast."""
    _check_free(os.fspath(path), overwrite)
    if device is None:
        device = next((t.device for t in model.parameters()), torch.device("cpu"))
    move = lambda t: t.to(device, non_blocking=True) if isinstance(t, torch.Tensor) else t
    evaluate = contextlib.nullcontext() if options.get("training") else _evaluating(model)
    with torch.random.fork_rng(devices=[]), evaluate, record(model, layers, **options) as r:
        for batch in loader:
            if hasattr(batch, "keys"):
                inputs = {k: move(v) for k, v in batch.items() if k not in ("labels", "label")}
                r.batch(batch["labels"] if "labels" in batch else batch["label"], inputs.get("attention_mask"))
                model(**inputs)
            else:
                r.batch(batch[1])
                model(move(batch[0]))
        r.save(path, overwrite=overwrite)


def every(k, model, loader, folder, layers, measured=True, keep=True, command=None, **options):
    """Return a function to be called with the number of each epoch in a training run.

        watch = pnclab.every(10, model, loader, "run1", layers="*.mlp", pool="mean")
        for epoch in range(200):
            ...                     # train
            watch(epoch)
        watch.table()

    When k divides the epoch it exports the features to folder/epoch_0010.npz, and measures them unless measured is
    False; keep=False removes the file then. Training goes on as if it had not been called. table returns what measure
    returns, of all epochs measured so far, with an entry "epoch". Other arguments are those of export and measure."""
    return Every(k, model, loader, folder, layers, measured, keep, command, options)


class Every:
    """The function that every returns."""

    def __init__(self, k, model, loader, folder, layers, measured, keep, command, options):
        if k < 1 or not (measured or keep):
            raise ValueError("every: k is at least 1, and what is not measured is to be kept")
        self.k, self.folder, self.measured, self.keep, self.command, self.rows = k, folder, measured, keep, command, []
        self._export = lambda path: export(model, loader, path, layers, overwrite=True, **options)

    def __call__(self, epoch):
        if epoch % self.k:
            return
        path = os.path.join(self.folder, f"epoch_{epoch:04d}.npz")
        self._export(path)
        if self.measured:
            self.rows += [{"epoch": epoch, **row} for row in _measure(path, [], self.command)]
        if not self.keep:
            os.remove(path)

    def table(self):
        return _table(self.rows)


def measure(path, *flags, command=None):
    """Run `pnclab measure` on a folder or file and return a dictionary for each layer, with the names of its JSON output (name,
    C, D, NC1, ...) and None where a quantity is undefined; a DataFrame where pandas is installed. The last layer has the
    accuracy of the classifier too. flags go to the command, which is command, a list, or $PNCLAB, or `pnclab`, or
    `go run .` in the checkout that this file is part of. Its notes become warnings, its errors a RuntimeError."""
    return _table(_measure(path, flags, command))


def _measure(path, flags, command):
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    if command is None:
        if os.environ.get("PNCLAB"):
            command = [os.environ["PNCLAB"]]
        elif shutil.which("pnclab"):
            command = ["pnclab"]
        elif os.path.exists(os.path.join(root, "internal", "cli", "measure.go")) and shutil.which("go"):
            command = ["go", "-C", root, "run", "."]
        else:
            raise RuntimeError("the command pnclab was not found: build it by `go build .` in its checkout and put it on the PATH, "
                               "or name it in PNCLAB")
    command = [*command, "measure", "--json", *flags, os.path.abspath(path)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    for line in done.stderr.splitlines():
        warnings.warn(line, stacklevel=3)
    result = json.loads(done.stdout)
    if result["layers"] and result.get("accuracy") is not None:
        result["layers"][-1]["accuracy"] = result["accuracy"]
    return result["layers"]


def _table(rows):
    try:
        import pandas
    except ImportError:
        return rows
    return pandas.DataFrame(rows)

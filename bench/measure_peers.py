"""pnclab measure beside the Python packages that measure neural collapse, on the same files.

    python bench/measure_peers.py --pnclab ./pnclab

Both sides read a file of features and compute the same measures: NC1 with the pseudo-inverse and
as a quotient of traces, CDNV, the distance of class means from a simplex (NC2) and of the
classifier from them (NC3), and the agreement of the classifier with the nearest class mean (NC4).
Seconds are those of the processor, user and system together, which other load changes least, with
one thread on all sides; pnclab counts with its whole process, the packages without the time that
Python takes to import them. Each round runs every side once, in turn; ratios are taken within a
round, and their median counts. Of a package with several ways the fastest one counts.

The packages, neither of which is on PyPI, at the commits that were measured:

    pip install torch==2.6.0 numpy==2.2.6 scipy==1.15.3 scikit-learn==1.6.1 "dask[array]==2025.5.1"
    pip install --no-deps git+https://github.com/rhubarbwu/neural-collapse@c05a0b80d6bc6e8e2e102f2180f1f33b2c9605fd
    pip install --no-deps git+https://github.com/felixsh/nc-toolbox@a527f99f8da0420b4e94ebfbb2d3c2b032b25af3

or, where git reaches no network, --peers names folders that hold them. What is not installed is
left out with a line that says so.
"""
import os

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "GOMAXPROCS"):
    os.environ[name] = "1"

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MEASURES = "NC1,NC1quotient,CDNV,NC2,NC2angles,NC3,NC3Zhu,NC4"

# name, samples, dimensions of the layers, classes
CASES = [("7×2,000×384, K = 10", 2000, [384] * 7, 10), ("8,000×784 + 7×128, K = 10", 8000, [784] + [128] * 7, 10), ("50,000×2,048, K = 100", 50000, [2048], 100)]


def features(np, n, dims, k):
    """Return layers of n samples about k random class means, ever nearer to them, labels and classifier."""
    rng = np.random.default_rng(1)
    y = np.arange(n) % k
    rng.shuffle(y)
    layers = {}
    for i, d in enumerate(dims):
        mean = rng.standard_normal((k, d), dtype=np.float32)
        layers[f"layer{i}"] = mean[y] + 0.9**i * rng.standard_normal((n, d), dtype=np.float32)
    return layers, y, rng.standard_normal((k, dims[-1]), dtype=np.float32)


def pnclab(command, path):
    """Measure with the command; return the measures of every layer and the seconds that it took."""
    begin = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = subprocess.run([command, "measure", "--csv", "--only", MEASURES, path], capture_output=True, text=True, check=True).stdout
    end = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = end.ru_utime - begin.ru_utime + end.ru_stime - begin.ru_stime
    head, *rows = [line.split(",") for line in out.strip().split("\n")]
    return [{name: float(v) for name, v in zip(head, row) if name in MEASURES.split(",") and v} for row in rows], seconds


def neural_collapse(torch, np, batch, metric):
    """Return a function that measures a file with neural_collapse."""
    from neural_collapse import accumulate, measure

    def run(path):
        found = []
        with np.load(path) as f:
            y, names = torch.from_numpy(f["labels"]), [n for n in f.files if n.startswith("layer")]
            w = torch.from_numpy(f["classifier.weight"])
            k = w.shape[0]
            for name in names:
                x = torch.from_numpy(f[name])
                last, o = name == names[-1], dict(n_classes=k, d_vectors=x.shape[1], dtype=x.dtype)
                parts = [slice(i, i + batch) for i in range(0, len(x), batch)]
                means = accumulate.MeanAccumulator(**o)
                for p in parts:
                    means.accumulate(x[p], y[p])
                m, centre = means.compute()
                within, norms = accumulate.CovarAccumulator(M=m, **o), accumulate.VarNormAccumulator(M=m, **o)
                agree = accumulate.DecAccumulator(M=m, W=w, **o) if last else None
                for p in parts:
                    within.accumulate(x[p], y[p], m)
                    norms.accumulate(x[p], y[p], m)
                    if last:
                        agree.accumulate(x[p], y[p], w, m)
                covariance = within.compute()
                v = {
                    "NC1": measure.covariance_ratio(covariance, m, centre, metric),
                    "NC1quotient": measure.covariance_ratio(covariance, m, centre, "quotient"),
                    "CDNV": measure.variability_cdnv(norms.compute()[0], m, tile_size=64),
                    "NC2": measure.simplex_etf_error(m, centre),
                }
                if last:
                    v["NC3Zhu"] = measure.self_duality_error(w, m, centre)
                    v["NC4"] = measure.clf_ncc_agreement(agree)
                found.append(v)
        return found

    return run


def nc_toolbox(np):
    """Return a function that measures a file with nc_toolbox."""
    import nc_toolbox as t

    def run(path):
        found = []
        with np.load(path) as f:
            y, names, w = f["labels"], [n for n in f.files if n.startswith("layer")], f["classifier.weight"]
            for name in names:
                h = f[name]
                m = t.class_embedding_means(h, y)
                centre = m.mean(axis=0)
                between, within = t.nc1_weak(h, y, m, centre)
                v = {
                    "NC1": t.nc1_strong(h, y, m, centre), "NC1quotient": within / between,
                    "CDNV": t.nc1_cdnv(m, t.class_embedding_variances(h, y, m)), "NC2angles": abs(t.nc2_equiangularity(m, centre)),
                }
                if name == names[-1]:
                    v["NC3"] = t.nc3_self_duality(w, m, centre)
                    v["NC4"] = t.nc4_classifier_agreement(h, w, np.zeros(len(w)), m)
                found.append(v)
        return found

    return run


def peers(torch, np):
    """Return the packages that are installed: their names and ways, functions of a file."""
    found = {}
    try:
        found["neural_collapse"] = {
            f"{metric}, {'all samples at once' if batch > 10**6 else f'batches of {batch}'}": neural_collapse(torch, np, batch, metric)
            for metric in ("pinv", "svd") for batch in (1024, 1 << 40)
        }
    except ImportError as e:
        print(f"measure_peers: neural_collapse is left out: {e}", file=sys.stderr)
    try:
        found["nc_toolbox"] = {"": nc_toolbox(np)}
    except ImportError as e:
        print(f"measure_peers: nc_toolbox is left out: {e}", file=sys.stderr)
    return found


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--pnclab", default="./pnclab", help="the command, as go build . makes it")
    args.add_argument("--peers", nargs="*", default=[], help="folders that hold packages which are not installed")
    args.add_argument("--rounds", type=int, default=7)
    args.add_argument("--case", type=int, nargs="*", default=list(range(len(CASES))), help="which of the cases, from 0")
    args.add_argument("--dtype", nargs="*", default=["float32", "float64"])
    a = args.parse_args()
    sys.path[:0] = a.peers
    try:
        import numpy as np
        import torch
    except ImportError as e:
        print(f"measure_peers: skipped: {e}; see the first lines of {__file__}")
        return
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    sides = peers(torch, np)
    if not sides:
        print(f"measure_peers: skipped: no package to compare with; see the first lines of {__file__}")
        return
    print(f"torch {torch.__version__} ({torch.backends.cpu.get_cpu_capability()}), numpy {np.__version__}, {a.rounds} rounds, one thread\n")
    print("| features | type | package, fastest way | its seconds | pnclab's | median ratio | all ratios | largest difference |\n|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for case in a.case:
            name, n, dims, k = CASES[case]
            layers, y, w = features(np, n, dims, k)
            for dtype in a.dtype:
                path = str(Path(folder) / "features.npz")
                np.savez(path, labels=y, **{"classifier.weight": w.astype(dtype)}, **{l: z.astype(dtype) for l, z in layers.items()})
                compare(a, name, dtype, path, sides)


def compare(a, name, dtype, path, sides):
    """Print a row for each package."""
    ours, _ = pnclab(a.pnclab, path)
    fastest, differs, warm = {}, {}, 0
    for package, ways in sides.items():  # warm up, compare the numbers, and find the fastest way
        best = None
        for way, run in ways.items():
            begin = time.process_time()
            theirs = run(path)
            seconds = time.process_time() - begin
            if best is None or seconds < best:
                best, fastest[package] = seconds, way
                # nc_toolbox has the mean of deviations of angles, pnclab that of their absolute values.
                pairs = [(v, o[q], q, l) for l, (t, o) in enumerate(zip(theirs, ours)) for q, v in t.items()]
                differs[package] = max((abs(v - o) / abs(o), f"{q} of layer {l}") for v, o, q, l in pairs if q != "NC2angles")
    own, other = [], {package: [] for package in sides}
    for _ in range(a.rounds):
        own.append(pnclab(a.pnclab, path)[1])
        for package, ways in sides.items():
            begin = time.process_time()
            ways[fastest[package]](path)
            other[package].append(time.process_time() - begin)
    for package in sides:
        ratios = sorted(t / o for t, o in zip(other[package], own))
        way = f", {fastest[package]}" if fastest[package] else ""
        print(f"| {name} | {dtype} | {package}{way} | {statistics.median(other[package]):.3g} | {statistics.median(own):.3g} | {statistics.median(ratios):.1f} "
              f"| {' '.join(f'{r:.1f}' for r in ratios)} | {differs[package][0]:.0e}, {differs[package][1]} |", flush=True)


if __name__ == "__main__":
    main()

"""What pnclab is compared with by go run ./bench -only maps: maps by umap-learn, nearest neighbours
by scikit-learn and pynndescent, trustworthiness and the probe by scikit-learn.

    pip install -r bench/requirements-maps.txt

The script reads commands from its standard input, one per line, and answers each with a line in the
format of Go benchmarks: the time, the processor time of all threads (cpu-s), and how good the result
is. The first time that something runs, numba compiles it: those times do not count. Commands:

    umap PREFIX N THREADS MAP         fit_transform of the first N samples; the map goes to the file MAP
    exact PREFIX N THREADS LISTS    NearestNeighbors with the algorithm that it chooses
    approximate PREFIX N THREADS LISTS    NNDescent as umap-learn calls it; the file LISTS has the exact lists
    plane PREFIX N THREADS MAP      NearestNeighbors in the map of the file MAP
    trustworthiness PREFIX N THREADS MAP  of that map
    probe PREFIX N THREADS          RidgeClassifier

PREFIX.features is a file of float32, one row per sample, PREFIX.labels one of int32, PREFIX.dims has
the number of columns. With one thread, umap-learn is given a random_state, for which it takes other,
sequential code; with more it is given none, its default.
"""
import sys
import time
import warnings

import numba
import numpy as np
import pynndescent
import sklearn
import umap
from sklearn.linear_model import RidgeClassifier
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

NEIGHBORS = 15  # of UMAP, the sample itself included
TRUSTED = 5000  # samples at most of which trustworthiness is computed
RECALLED = 1000  # samples whose neighbours are compared with the exact ones

warnings.filterwarnings("ignore")  # that a random_state means one thread, and similar advice


def load(prefix, n):
    d = int(open(prefix + ".dims").read())
    x = np.fromfile(prefix + ".features", "<f4", count=n * d).reshape(n, d)
    y = np.fromfile(prefix + ".labels", "<i4", count=n)
    return x, y


def trust(x, low):
    m = min(TRUSTED, len(x))
    return trustworthiness(x[:m], low[:m], n_neighbors=NEIGHBORS)


def run_umap(x, threads, path):
    reducer = umap.UMAP(n_neighbors=NEIGHBORS, min_dist=0.1, init="spectral", **({"random_state": 1, "n_jobs": 1} if threads == 1 else {"n_jobs": threads}))
    return lambda: reducer.fit_transform(x), lambda low: (low.astype("<f8").tofile(path), {"trust": trust(x, low)})[1]


def run_exact(x, threads, path):
    def find():
        return NearestNeighbors(n_neighbors=NEIGHBORS - 1, n_jobs=threads).fit(x).kneighbors(return_distance=True)[1]

    return find, lambda index: {"recall": recall(index, len(x), path)}


def run_plane(x, threads, path):
    return run_exact(np.fromfile(path, "<f8", count=2 * len(x)).reshape(-1, 2), threads, None)


def recall(index, n, path):
    """The share of the exact neighbours that are in the lists; there may be one more, the sample itself."""
    if path is None:
        return np.nan
    exact = np.fromfile(path, "<i4").reshape(n, NEIGHBORS - 1)[:RECALLED]
    return np.mean([len(np.intersect1d(a, b)) for a, b in zip(index, exact)]) / (NEIGHBORS - 1)


def run_approximate(x, threads, path):
    def find():
        trees, rounds = min(64, 5 + int(round(len(x) ** 0.5 / 20.0))), max(5, int(round(np.log2(len(x)))))
        return pynndescent.NNDescent(x, n_neighbors=NEIGHBORS, random_state=1, n_trees=trees, n_iters=rounds, max_candidates=60,
                                     n_jobs=threads, compressed=False).neighbor_graph[0]

    return find, lambda index: {"recall": recall(index, len(x), path)}


def run_trustworthiness(x, threads, path):
    low = np.fromfile(path, "<f8", count=2 * len(x)).reshape(-1, 2)
    return lambda: trustworthiness(x, low, n_neighbors=NEIGHBORS), lambda t: {"trust": t}


def run_probe(x, y):
    # The penalty of pnclab's probes: 1e-6 of the mean eigenvalue of the scatter.
    ridge = 1e-6 * float(((x - x.mean(0)) ** 2).sum()) / x.shape[1]

    def fit():
        probe = RidgeClassifier(alpha=ridge, solver="cholesky").fit(x, y)
        return probe, probe.score(x, y)

    def quality(result):
        probe, accuracy = result
        # Of one-hot labels instead of ±1, W and b - 1/2 are halved.
        w, b = probe.coef_.astype(float) / 2, (probe.intercept_.astype(float) + 1) / 2
        residual = x.astype(float) @ w.T + b - np.eye(len(b))[y]
        return {"accuracy": accuracy, "objective": ((residual**2).sum() + ridge * (w**2).sum()) / len(x)}

    return fit, quality


def measure(command):
    what, prefix, n, threads, *path = command.split()
    n, threads = int(n), int(threads)
    x, y = load(prefix, n)
    with threadpool_limits(threads):
        numba.set_num_threads(threads)
        if what == "probe":
            run, quality = run_probe(x.astype(float), y)
        else:
            run, quality = {"umap": run_umap, "exact": run_exact, "plane": run_plane, "approximate": run_approximate, "trustworthiness": run_trustworthiness}[what](x, threads, *path)
        begin, cpu = time.perf_counter(), time.process_time()
        result = run()
        seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
    values = "".join(f" {v:.6g} {unit}" for unit, v in quality(result).items())
    return f"BenchmarkPeer/{what}/n={n}/threads={threads} 1 {1e9 * seconds:.0f} ns/op {cpu:.4g} cpu-s{values}"


def main():
    print(f"umap-learn {umap.__version__}, pynndescent {pynndescent.__version__}, numba {numba.__version__}, scikit-learn {sklearn.__version__}, numpy {np.__version__}", flush=True)
    for line in sys.stdin:
        print(measure(line), flush=True)


if __name__ == "__main__":
    main()

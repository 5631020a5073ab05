"""Writes digits.json: what umap-learn and scikit-learn make of the digits data.

    pip install umap-learn scikit-learn
    python reference.py > digits.json

The data are the 1797 images of 8x8 pixels that come with scikit-learn, the test
part of "Optical Recognition of Handwritten Digits" (Alpaydin and Kaynak 1998, UCI
Machine Learning Repository, doi:10.24432/C50P49, CC BY 4.0), values 0..16.
"""

import base64
import json
import sys
from importlib.metadata import version

import numpy as np
import umap
from sklearn.datasets import load_digits
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

K = [5, 15, 50]


def agreement(low, labels, k):
    index = NearestNeighbors(n_neighbors=k).fit(low).kneighbors(return_distance=False)
    return float(np.mean(labels[index] == labels[:, None]))


x, y = load_digits(return_X_y=True)
runs = []
for seed in range(10):
    low = umap.UMAP(random_state=seed, n_jobs=1).fit_transform(x).astype(float)
    runs.append({
        "seed": seed,
        "trustworthiness": {k: trustworthiness(x, low, n_neighbors=k) for k in K},
        "agreement": {k: agreement(low, y, k) for k in K},
    })
    print(runs[-1], file=sys.stderr)

# A small case without equal distances, on which the measures themselves must agree.
rng = np.random.default_rng(1)
high = np.round(rng.normal(size=(60, 5)), 6)
low = np.round(high[:, :2] + 0.5 * rng.normal(size=(60, 2)), 6)
labels = (high[:, 0] > 0).astype(int)
small = {
    "high": high.tolist(),
    "low": low.tolist(),
    "labels": labels.tolist(),
    "trustworthiness": {k: trustworthiness(high, low, n_neighbors=k) for k in [1, 5, 15, 29]},
    "agreement": {k: agreement(low, labels, k) for k in [1, 5, 15, 29]},
}

# The graph of the small case, in the single precision of umap-learn.
graph, sigmas, rhos = umap.umap_.fuzzy_simplicial_set(
    high, n_neighbors=10, random_state=np.random.RandomState(0), metric="euclidean")
graph = graph.tocoo()
small["graph"] = {
    "neighbors": 10,
    "sigma": sigmas.tolist(),
    "rho": rhos.tolist(),
    "edges": sorted([int(i), int(j), float(w)] for i, j, w in zip(graph.row, graph.col, graph.data) if i < j),
}

curves = []
for min_dist, spread in [(0.1, 1.0), (0.001, 1.0), (0.5, 1.0), (0.99, 1.0), (0.1, 2.0), (0.25, 0.5)]:
    a, b = umap.umap_.find_ab_params(spread, min_dist)
    curves.append({"minDist": min_dist, "spread": spread, "a": a, "b": b})

result = {
    "source": "Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, 1998, doi:10.24432/C50P49, CC BY 4.0",
    "versions": {p: version(p) for p in ["umap-learn", "scikit-learn", "pynndescent", "numpy", "scipy"]},
    "rows": x.shape[0],
    "columns": x.shape[1],
    "pixels": base64.b64encode(x.astype(np.uint8).tobytes()).decode(),
    "labels": "".join(map(str, y)),
    "runs": runs,
    "small": small,
    "curves": curves,
}
print("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in result.items()) + "\n}")

"""Training: a forward pass, then its gradients written out by hand."""

from typing import Any

from autoray import do

from benchmarks.programs.case import Case, normal

__all__ = ["attention", "mlp", "mlp_clipped"]


def mlp(layers: int = 8, width: int = 256) -> Case:
    """Loss and gradients of a perceptron with tanh layers.

    The batch is as large as the layers are wide.
    """

    def step(x: Any, y: Any, weights: list[Any]) -> tuple[Any, list[Any]]:
        active = _activations(x, weights)
        difference = active[-1] - y
        loss = do("mean", difference * difference)
        g = 2.0 * difference / width**2
        return loss, _gradients(g, active, weights)

    return step, _mlp_arguments(layers, width)


def mlp_clipped(layers: int = 8, width: int = 256, limit: float = 1.0) -> Case:
    """Gradients of `mlp`, clipped by their global norm.

    None of them can be given away before the last one is there.
    """

    def step(x: Any, y: Any, weights: list[Any]) -> list[Any]:
        active = _activations(x, weights)
        g = 2.0 * (active[-1] - y) / width**2
        gradients = _gradients(g, active, weights)
        squares = [do("sum", g * g) for g in gradients]
        total = squares[0]
        for each in squares[1:]:
            total = total + each
        scale = do("clip", limit / do("sqrt", total), 0.0, 1.0)
        return [g * scale for g in gradients]

    return step, _mlp_arguments(layers, width)


def _mlp_arguments(layers: int, width: int) -> tuple[Any, ...]:
    arrays = [normal(width, width, seed=i) for i in range(layers + 2)]
    return arrays[0], arrays[1], arrays[2:]


def _activations(x: Any, weights: list[Any]) -> list[Any]:
    """What each layer takes, and what the last one gives."""
    active = [x]
    for W in weights:
        active.append(do("tanh", active[-1] @ W))
    return active


def _gradients(g: Any, active: list[Any], weights: list[Any]) -> list[Any]:
    """The gradient of each matrix, the last layer's first."""
    gradients = []
    for i in range(len(weights) - 1, -1, -1):
        g = g * (1.0 - active[i + 1] * active[i + 1])
        gradients.append(active[i].T @ g)
        if i:
            g = g @ weights[i].T
    return gradients


Saved = tuple[Any, ...]


def attention(
    layers: int = 2, tokens: int = 512, width: int = 128, hidden: int = 512
) -> Case:
    """Gradients of transformer blocks with one head, and of their input.

    A block is self-attention and a perceptron with tanh, both residual.
    """

    def step(x: Any, y: Any, blocks: list[list[Any]]) -> Any:
        saved = []
        for weights in blocks:
            saved.append(_attention_forward(x, weights))
            x = saved[-1][-1]
        g = 2.0 * (x - y) / (tokens * width)
        gradients = []
        for i in range(layers - 1, -1, -1):
            found, g = _attention_backward(g, saved[i], blocks[i])
            gradients.append(found)
        return gradients, g

    shapes = [(width, width)] * 4 + [(width, hidden), (hidden, width)]
    blocks = [
        [normal(*s, seed=8 * i + j) / 16 for j, s in enumerate(shapes)]
        for i in range(layers)
    ]
    return step, (normal(tokens, width), normal(tokens, width, seed=1), blocks)


def _attention_forward(x: Any, weights: list[Any]) -> Saved:
    """What the gradients of a block need; the result comes last."""
    Wq, Wk, Wv, Wo, W1, W2 = weights
    q, k, v = x @ Wq, x @ Wk, x @ Wv
    scores = q @ k.T * x.shape[1] ** -0.5
    weight = do("exp", scores - do("max", scores, axis=-1, keepdims=True))
    p = weight / do("sum", weight, axis=-1, keepdims=True)
    mixed = p @ v
    middle = x + mixed @ Wo
    active = do("tanh", middle @ W1)
    return x, q, k, v, p, mixed, middle, active, middle + active @ W2


def _attention_backward(
    g: Any, saved: Saved, weights: list[Any]
) -> tuple[list[Any], Any]:
    """The gradients of a block's matrices, and that of its input."""
    x, q, k, v, p, mixed, middle, active, _ = saved
    Wq, Wk, Wv, Wo, W1, W2 = weights
    dW2 = active.T @ g
    dz = g @ W2.T * (1.0 - active * active)
    dW1 = middle.T @ dz
    g = g + dz @ W1.T
    dWo = mixed.T @ g
    dmixed = g @ Wo.T
    dv = p.T @ dmixed
    dp = dmixed @ v.T
    ds = p * (dp - do("sum", dp * p, axis=-1, keepdims=True))
    ds = ds * x.shape[1] ** -0.5
    dq, dk = ds @ k, ds.T @ q
    found = [dW2, dW1, dWo, x.T @ dq, x.T @ dk, x.T @ dv]
    return found, g + dq @ Wq.T + dk @ Wk.T + dv @ Wv.T

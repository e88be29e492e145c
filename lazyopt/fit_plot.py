"""Extra operations over memory limits, drawn with matplotlib."""

from typing import TYPE_CHECKING, Any

from lazyopt.plotting import BLUE, GREY
from lazyopt.sizes import format_bytes

if TYPE_CHECKING:
    from lazyopt.fitting import Fit

__all__ = ["plot_fit"]


def plot_fit(fit: "Fit", ax: Any = None) -> Any:
    """Draw what limits cost: see `Fit.plot`."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            "plots need the extra 'plot': pip install 'autoray-lazyopt[plot]'"
        ) from error
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    if ax is None:
        _, ax = plt.subplots(figsize=(8, 4.5), layout="constrained")
    flops = max(fit.graph.flops, 1)
    found = [p for p in fit.points if p.fits]
    peaks = [p.peak_bytes for p in found]
    extra = [100 * p.extra_flops / flops for p in found]
    ax.step(
        peaks,
        extra,
        where="pre",
        color=BLUE,
        linewidth=1.6,
        marker="o",
        markersize=4,
    )
    missed = [p.limit for p in fit.points if not p.fits]
    if missed:
        ax.axvspan(min(missed), max(missed), color=GREY, alpha=0.12, lw=0)
        ax.text(
            max(missed), 0, "not reached ", color=GREY, ha="right", va="bottom"
        )
    ax.set_title("What less memory costs", loc="left", fontsize="medium")
    ax.set_xlabel("peak beyond inputs and constants")
    ax.set_ylabel("extra FLOPs, %")
    ax.set_ylim(bottom=0)
    ax.xaxis.set_major_locator(MaxNLocator(6))
    ax.xaxis.set_major_formatter(
        FuncFormatter(lambda x, _: format_bytes(round(x)))
    )
    ax.spines[["top", "right"]].set_visible(False)
    return ax

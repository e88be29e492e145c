"""Builds the wheel of this directory, with nothing but Python.

So the plugin installs in a second, without a network.
"""

import tomllib
from pathlib import Path
from typing import Any
from zipfile import ZipFile

MODULE = "lazyopt_plugin_example"


def build_wheel(
    wheel_directory: str,
    config_settings: Any = None,
    metadata_directory: str | None = None,
) -> str:
    """Write the wheel and return its name, as PEP 517 has it."""
    with open("pyproject.toml", "rb") as file:
        project = tomllib.load(file)["project"]
    stem = f"{MODULE}-{project['version']}"
    info = f"{stem}.dist-info"
    entries = [
        line
        for group, passes in project["entry-points"].items()
        for line in (f"[{group}]", *[f"{k} = {v}" for k, v in passes.items()])
    ]
    texts = {
        f"{MODULE}.py": Path(f"{MODULE}.py").read_text(),
        f"{info}/METADATA": "Metadata-Version: 2.1\n"
        f"Name: {project['name']}\nVersion: {project['version']}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: backend\n"
        "Root-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "\n".join(entries) + "\n",
    }
    record = "".join(f"{name},,\n" for name in (*texts, f"{info}/RECORD"))
    name = f"{stem}-py3-none-any.whl"
    with ZipFile(Path(wheel_directory, name), "w") as wheel:
        for path, text in {**texts, f"{info}/RECORD": record}.items():
            wheel.writestr(path, text)
    return name

"""The prebuilt extension is there."""

from __future__ import annotations

from playwright.sync_api import Page


def test_lab_loads_the_extension_without_a_word_of_complaint(lab: Page) -> None:
    told = lab.evaluate("JSON.parse(document.getElementById('jupyter-config-data').textContent)")
    assert "videojobs" in [extension["name"] for extension in told["federated_extensions"]]
    assert lab.evaluate("window.jupyterapp.hasPlugin('@jupyterlab/filebrowser-extension:browser')")

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from flowtape.capture.configuration import load

Run = Callable[..., Result]


def test_what_it_writes_can_be_used_as_it_is(run: Run, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("app = FastAPI()\nother = Flask(__name__)")
    shown = run("init", tmp_path)
    assert shown.exit_code == 0
    assert "asgi: shop:app" in shown.stdout
    configuration = load(tmp_path / "flowtape.yaml")
    assert configuration.service.asgi == "shop:app"
    assert configuration.service.wsgi is None
    assert "# wsgi: shop:other" in (tmp_path / "flowtape.yaml").read_text()


def test_the_source_folder_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "src" / "shop").mkdir(parents=True)
    (tmp_path / "src" / "shop" / "web.py").write_text("app = Flask(__name__)")
    assert run("init", tmp_path).exit_code == 0
    service = load(tmp_path / "flowtape.yaml").service
    assert (service.wsgi, service.path) == ("shop.web:app", "src")


def test_a_project_without_an_application_is_told(run: Run, tmp_path: Path) -> None:
    shown = run("init", tmp_path)
    assert "without an application" in shown.stdout
    assert load(tmp_path / "flowtape.yaml").service.asgi is None


def test_what_is_there_is_left_as_it_is(run: Run, tmp_path: Path) -> None:
    (tmp_path / "flowtape.yaml").write_text("mine")
    shown = run("init", tmp_path)
    assert shown.exit_code == 2
    assert "is there already" in shown.stderr
    assert (tmp_path / "flowtape.yaml").read_text() == "mine"


@pytest.mark.parametrize("name", ["on", "123", "a: b", "'", "{x}", "a\nb", "ü", "{0}"])
def test_a_folder_of_any_name_gives_a_file_that_can_be_read(run: Run, tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    assert run("init", folder).exit_code == 0
    assert isinstance(load(folder / "flowtape.yaml").service.name, str)

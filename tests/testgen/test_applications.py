from __future__ import annotations

from pathlib import Path

import pytest

from flowtape.testgen import applications
from flowtape.testgen.applications import find


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("app.py", "app = FastAPI(title='x')", ("asgi", "app:app", ".")),
        ("shop/app.py", "import fastapi\napi: fastapi.FastAPI = fastapi.FastAPI()", ("asgi", "shop.app:api", ".")),
        ("shop/__init__.py", "app = Flask(__name__)", ("wsgi", "shop:app", ".")),
        ("src/shop/web.py", "app = Starlette()", ("asgi", "shop.web:app", "src")),
        ("site/wsgi.py", "application = get_wsgi_application()", ("wsgi", "site.wsgi:application", ".")),
    ],
)
def test_an_application_is_found(tmp_path: Path, file: str, text: str, expected: tuple[str, str, str]) -> None:
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text(text)
    (found,) = find(tmp_path)
    assert (found.kind, found.target, found.path) == expected


def test_the_least_deep_comes_first(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c.py").write_text("deep = FastAPI()")
    (tmp_path / "z.py").write_text("shallow = Flask(__name__)")
    assert [found.target for found in find(tmp_path)] == ["z:shallow", "a.b.c:deep"]


def test_nothing_is_run_and_nothing_strange_stops_the_search(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    (tmp_path / "evil.py").write_text(f"open({str(ran)!r}, 'w')\napp = FastAPI()")
    (tmp_path / "broken.py").write_text("def (")
    (tmp_path / "binary.py").write_bytes(b"\x00\xff")
    (tmp_path / "deep.py").write_text("(" * 50_000)
    (tmp_path / "not-a-module.py").write_text("app = FastAPI()")
    for folder in (".venv", "node_modules", "tests", "env"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "app.py").write_text("app = FastAPI()")
    (tmp_path / "env" / "pyvenv.cfg").write_text("")
    (tmp_path / "factory.py").write_text("def make():\n    app = FastAPI()\n    return app")
    assert [found.target for found in find(tmp_path)] == ["evil:app"]
    assert not ran.exists()


def test_a_huge_project_is_looked_through_so_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applications, "MAX_FILES", 3)
    for name in "abcde":
        (tmp_path / f"{name}.py").write_text("app = FastAPI()")
    assert len(find(tmp_path)) == 3

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from flowtape.capture.configuration import ConfigurationError
from flowtape.replay.flowfile import FlowFileError
from flowtape.replay.suite import Options, Replaying, inside


def test_a_flow_file_lies_within_the_suite(tmp_path: Path) -> None:
    suite = tmp_path / "flows"
    suite.mkdir()
    (suite / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    assert inside(suite, "a/b.yaml") == suite.resolve() / "a" / "b.yaml"
    (suite / "up").symlink_to(tmp_path)
    (suite / "down").symlink_to(suite / "a")
    assert inside(suite, "down/b.yaml") == suite.resolve() / "a" / "b.yaml"
    for name in (
        "../secret.yaml",
        "/etc/passwd",
        "a/../../secret.yaml",
        "link.yaml",
        "up/secret.yaml",
        "a/../..",
        "up",
        "",
    ):
        with pytest.raises(FlowFileError, match="leads out of the suite's folder"):
            inside(suite, name)


def test_the_nearest_configuration_is_used(tmp_path: Path) -> None:
    module = tmp_path / "project" / "tests" / "flows" / "test_a.py"
    module.parent.mkdir(parents=True)
    with pytest.raises(ConfigurationError, match="flowtape init"):
        Replaying().configuration_path(module)
    (tmp_path / "flowtape.yaml").write_text("")
    (tmp_path / "project" / "flowtape.yaml").write_text("")
    assert Replaying().configuration_path(module) == (tmp_path / "project" / "flowtape.yaml").resolve()
    given = Options(configuration=tmp_path / "other.yaml")
    assert Replaying(given).configuration_path(module) == (tmp_path / "other.yaml").resolve()


def test_what_is_broken_fails_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "flowtape.yaml").write_text("service: {nme: shop}")
    (tmp_path / "a.yaml").write_text(
        "flowtape: 1\ncaptured: {at: 0}\nrequest: {method: GET, target: /}\nresponse: {status: 200}\n"
    )
    done = Replaying().replay(tmp_path / "test_a.py", "a.yaml", "test_a.py::test_a")
    assert done.told["verdict"] == "broken"
    assert "flowtape.yaml" in done.failure
    assert done.failure.splitlines()[-1].endswith("pytest test_a.py::test_a")
    assert Replaying().header(tmp_path / "test_a.py")[0].startswith("flowtape: ")


def test_an_observed_run_is_written_even_if_broken(tmp_path: Path) -> None:
    replaying = Replaying(Options(observe=tmp_path / "seen"))
    replaying.replay(tmp_path / "test_a.py", "none.yaml", "test_a.py::test_a[a/../b]")
    (file,) = (tmp_path / "seen").iterdir()
    assert '"verdict": "broken"' in file.read_text()


def test_the_configuration_in_the_documentation_is_one(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "replay.md").read_text().split("```yaml\n")[1].split("```")[0]
    (tmp_path / "flowtape.yaml").write_text(text)
    (line,) = Replaying().header(tmp_path / "test_a.py")
    assert line == (
        "flowtape: shop (asgi shop.app:app), "
        "dependencies: db (postgresql on loopback), cache (redis on loopback), payments (vcrpy)"
    )


def test_each_flow_begins_with_the_random_seed_that_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "drawing_service", raising=False)
    (tmp_path / "drawing_service.py").write_text(
        "import random\n"
        "def app(environ, start_response):\n"
        "    start_response('200 OK', [])\n"
        "    return [str(random.random()).encode()]\n"
    )
    (tmp_path / "flowtape.yaml").write_text("service: {name: draw, wsgi: 'drawing_service:app'}")
    (tmp_path / "a.yaml").write_text(
        "flowtape: 1\ncaptured: {at: 0}\nrequest: {method: GET, target: /}\nresponse: {status: 200}\n"
    )

    def drawn(seed: int | None) -> list[bytes]:
        replaying = Replaying(Options(random_seed=seed))
        found = [replaying.replay(tmp_path / "test_a.py", "a.yaml", "a").replayed for _ in range(2)]
        replaying.stop()
        return [each.response.body for each in found if each is not None]

    before = random.getstate()
    one, other, free = drawn(1), drawn(2), drawn(None)
    random.setstate(before)
    assert one[0] == one[1] != other[0] == other[1]
    assert free[0] != free[1]

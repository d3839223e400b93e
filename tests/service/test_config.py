"""Configuration: the environment over the file over the defaults; what is wrong is told with its place."""

from __future__ import annotations

import tomllib
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from plantin.service import config_text
from plantin.service.config import Config, ConfigError, addresses, load, sections, variable_of

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = [(name, item) for name, kind in sections() for item in fields(kind)]


def test_without_anything_the_defaults_hold(tmp_path: Path) -> None:
    assert load(tmp_path, None, {}) == Config(data=tmp_path)
    assert load(None, None, {}).data == Path("/var/lib/plantin")


def test_the_command_line_names_the_data_directory_before_the_environment_does(tmp_path: Path) -> None:
    assert load(None, None, {"PLANTIN_DATA": str(tmp_path)}).data == tmp_path
    assert load(tmp_path / "a", None, {"PLANTIN_DATA": str(tmp_path)}).data == tmp_path / "a"


def test_dots_in_the_data_directory_are_resolved(tmp_path: Path) -> None:
    assert load(tmp_path / "a" / ".." / "b", None, {}).data == tmp_path / "b"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "plantin.toml").write_text(
        '[ipp]\nlisten = ["127.0.0.1:1", "127.0.0.1:2"]\nprint_uri = true\n[queue]\nretry_max_s = 5\n'
    )
    found = load(tmp_path, None, {"PLANTIN_IPP_PRINT_URI": "no", "PLANTIN_LOG_LEVEL": "debug"})
    assert found.ipp.listen == ("127.0.0.1:1", "127.0.0.1:2")
    assert found.ipp.print_uri is False
    assert found.queue.retry_max_s == 5.0 and isinstance(found.queue.retry_max_s, float)
    assert found.log.level == "debug"


def test_another_file_replaces_that_of_the_data_directory(tmp_path: Path) -> None:
    (tmp_path / "plantin.toml").write_text("this is not even TOML")
    other = tmp_path / "other.toml"
    other.write_text('[log]\nlevel = "error"\n')
    assert load(tmp_path, other, {}).log.level == "error"


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        ("PLANTIN_IPP_LISTEN", "[::1]:631, 127.0.0.1:631", ("[::1]:631", "127.0.0.1:631")),
        ("PLANTIN_IPP_NAMES", "", ()),
        ("PLANTIN_IPP_PRINT_URI", "YES", True),
        ("PLANTIN_IPP_CONNECTIONS", "12", 12),
        ("PLANTIN_QUEUE_RETRY_FIRST_S", "0.5", 0.5),
        ("PLANTIN_IPP_EXTERNAL_HOST", "print.example.org:631", "print.example.org:631"),
    ],
)
def test_each_kind_of_value_is_read_from_the_environment(
    tmp_path: Path, variable: str, text: str, value: object
) -> None:
    found = load(tmp_path, None, {variable: text})
    (chosen,) = [
        getattr(getattr(found, name), item.name)
        for name, item in SETTINGS
        if variable_of(name, item.name) == variable
    ]
    assert chosen == value


@pytest.mark.parametrize(
    ("variable", "text", "told"),
    [
        ("PLANTIN_IPP_LISTEN", "8631", "must be HOST:PORT"),
        ("PLANTIN_IPP_LISTEN", "::1:8631", "must be HOST:PORT or [V6-ADDRESS]:PORT, not '::1:8631'"),
        ("PLANTIN_IPP_LISTEN", "x:65536", "must be HOST:PORT"),
        ("PLANTIN_IPP_LISTEN", " ", "must name at least one address"),
        ("PLANTIN_WEB_LISTEN", "x:y", "must be HOST:PORT"),
        ("PLANTIN_IPP_ADMIN_NETWORKS", "10.0.0.1/8", "must name networks such as 10.1.0.0/16"),
        ("PLANTIN_IPP_PRINT_URI", "maybe", "must be true or false, not 'maybe'"),
        ("PLANTIN_IPP_CONNECTIONS", "many", "must be a whole number, not 'many'"),
        ("PLANTIN_IPP_CONNECTIONS", "0", "must be 1 or more, not 0"),
        ("PLANTIN_IPP_MULTIPLE_OPERATION_TIME_OUT_ACTION", "wait", "must be one of abort-job, hold-job"),
        ("PLANTIN_QUEUE_RETRY_FIRST_S", "soon", "must be a number, not 'soon'"),
        ("PLANTIN_QUEUE_RETRY_FIRST_S", "0", "must be 0.1 or more"),
        ("PLANTIN_SPOOL_KEEP_DOCUMENTS_S", "-1", "must be 0 or more"),
        ("PLANTIN_SPOOL_ORPHAN_GRACE_S", "1", "must be 600 or more"),
        ("PLANTIN_STORE_URL", "mysql://x", "must begin with postgresql:// or sqlite:///"),
        ("PLANTIN_DEVICES_FILE_ROOTS", "here", "must be absolute paths, not 'here'"),
        ("PLANTIN_LOG_LEVEL", "loud", "must be one of debug, info, warning, error, not 'loud'"),
        ("PLANTIN_IPP_LISTN", "x:1", "there is no such setting"),
    ],
)
def test_a_wrong_variable_is_named(tmp_path: Path, variable: str, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, None, {variable: text})
    assert caught.value.text.startswith(variable) and told in caught.value.text


def test_variables_of_others_are_none_of_our_business(tmp_path: Path) -> None:
    assert load(tmp_path, None, {"PLANTIN_HOME": "x", "PLANTINE_IPP_X": "y"}) == Config(data=tmp_path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[ipp\n", "(at line 1, column 5)"),
        ("[print]\n", "there is no section [print]; there are ipp, web"),
        ("ipp = 3\n", "'ipp' must be a section, [ipp]"),
        ("[ipp]\nport = 3\n", "[ipp] has no setting 'port'; it has listen"),
        ("[ipp]\nlisten = 3\n", "[ipp] listen must be a list of strings, not 3"),
        ("[ipp]\nlisten = [3]\n", "[ipp] listen must be a list of strings, not [3]"),
        ("[ipp]\nconnections = true\n", "[ipp] connections must be a whole number, not True"),
        ("[ipp]\nconnections = 1.5\n", "[ipp] connections must be a whole number, not 1.5"),
        ("[ipp]\nprint_uri = 1\n", "[ipp] print_uri must be true or false, not 1"),
        ("[queue]\nretry_max_s = true\n", "[queue] retry_max_s must be a number, not True"),
        ('[log]\nlevel = "loud"\n', "[log] level must be one of debug, info, warning, error, not 'loud'"),
        ("[log]\nlevel = 5\n", "[log] level must be a string, not 5"),
    ],
)
def test_a_wrong_file_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "plantin.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, None, {})
    assert caught.value.text.startswith(f"{file}: ") and told in caught.value.text


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load(tmp_path, tmp_path / "missing.toml", {})
    (tmp_path / "plantin.toml").write_bytes(b"[log]\nlevel = '\xff'\n")
    with pytest.raises(ConfigError, match="it is not UTF-8 at octet 15"):
        load(tmp_path, None, {})


def test_addresses_are_taken_apart() -> None:
    assert addresses("ipp", ("[::1]:631", "print.example:8631", "0.0.0.0:0")) == [
        ("::1", 631),
        ("print.example", 8631),
        ("0.0.0.0", 0),
    ]
    with pytest.raises(ConfigError, match=r"\[ipp\] listen must be HOST:PORT"):
        addresses("ipp", ("631",))


def test_what_is_in_force_can_be_read_back_but_for_the_password(tmp_path: Path) -> None:
    environment = {
        "PLANTIN_STORE_URL": "postgresql://plantin:s3cret@db.example/plantin",
        "PLANTIN_IPP_ORGANIZATION": 'The "Press" \\ Antwerp',
        "PLANTIN_IPP_LISTEN": "a:1 b:2",
    }
    text = config_text.effective(load(tmp_path, None, environment))
    assert "s3cret" not in text
    values = tomllib.loads(text)
    assert values["store"]["url"] == "postgresql://plantin:…@db.example/plantin"
    assert values["ipp"]["organization"] == 'The "Press" \\ Antwerp'
    assert values["ipp"]["listen"] == ["a:1", "b:2"]
    assert {name: set(section) for name, section in values.items()} == {
        name: {item.name for item in fields(kind)} for name, kind in sections()
    }


def test_the_page_is_what_the_code_says() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text()
    assert page == config_text.document(), "run: plantin config --markdown > docs/configuration.md"


@pytest.mark.parametrize(("section", "item"), SETTINGS, ids=lambda value: getattr(value, "name", value))
def test_every_setting_is_documented_and_used(section: str, item: object) -> None:
    name = getattr(item, "name", "")
    assert is_dataclass(dict(sections())[section])
    assert len(getattr(item, "metadata", {})["doc"]) > 10
    rooms = (ROOT / "src" / "plantin" / "service").rglob("*.py")
    others = [path for path in rooms if not path.name.startswith("config")]
    assert any(f".{name}" in path.read_text() for path in others), f"nobody reads [{section}] {name}"

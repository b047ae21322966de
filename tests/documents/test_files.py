import os
import stat
from pathlib import Path

import pytest

from journal.capture.document_bases import read_bases
from journal.documents import files
from journal.documents.blocks import Block
from journal.documents.files import remove_document, write_document
from journal.errors import JournalError

HEAD = Block("head", "## Where\n- one\n- two")
TITLE = "# SCRATCH · x"


@pytest.fixture
def document(tmp_path: Path) -> Path:
    (tmp_path / "repo").mkdir()
    return tmp_path / "repo" / "SCRATCH.md"


@pytest.fixture
def base_file(tmp_path: Path) -> Path:
    return tmp_path / "git" / "journal" / "documents" / "SCRATCH.md.json"


def test_a_new_document_is_made_then_left_alone_then_removed(document: Path, base_file: Path) -> None:
    assert write_document(document, base_file, [HEAD], TITLE).changed
    assert document.read_text().startswith(f"{TITLE}\n\n<!-- journal:begin head ")
    assert stat.S_IMODE(base_file.stat().st_mode) == 0o600
    before = document.stat()
    assert not write_document(document, base_file, [HEAD], TITLE).changed
    assert (document.stat().st_ino, document.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert remove_document(document, base_file) is False
    assert not document.exists()
    assert not base_file.exists()
    assert list(document.parent.iterdir()) == []


def test_check_and_diff_change_nothing(document: Path, base_file: Path) -> None:
    would = write_document(document, base_file, [HEAD], TITLE, check=True)
    assert would.changed
    assert "+- one\n" in would.diff()
    assert not document.exists()
    assert not base_file.exists()


def test_the_persons_file_keeps_mode_and_link_and_comes_back(tmp_path: Path, document: Path, base_file: Path) -> None:
    real = tmp_path / "notes.md"
    original = b"\xef\xbb\xbfmy notes\r\nwithout an end"
    real.write_bytes(original)
    real.chmod(0o640)
    document.symlink_to(real)
    write_document(document, base_file, [HEAD], TITLE)
    assert document.is_symlink()
    assert b"- two\r\n" in real.read_bytes()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert remove_document(document, base_file) is True
    assert real.read_bytes() == original


def test_a_document_that_cannot_be_ours_is_refused_and_untouched(
    document: Path, base_file: Path, tmp_path: Path
) -> None:
    document.mkdir()
    with pytest.raises(JournalError, match="directory"):
        write_document(document, base_file, [HEAD], TITLE)
    document.rmdir()
    document.write_bytes(b"caf\xe9")
    with pytest.raises(JournalError, match="UTF-8"):
        write_document(document, base_file, [HEAD], TITLE)
    assert document.read_bytes() == b"caf\xe9"
    document.unlink()
    os.mkfifo(document)
    with pytest.raises(JournalError, match="regular"):
        write_document(document, base_file, [HEAD], TITLE)
    document.unlink()
    (tmp_path / ".bashrc").write_text("alias a=b\n")
    document.symlink_to(tmp_path / ".bashrc")
    with pytest.raises(JournalError, match="link"):
        write_document(document, base_file, [HEAD], TITLE)
    document.unlink()
    document.symlink_to(document)
    with pytest.raises(JournalError):
        write_document(document, base_file, [HEAD], TITLE)


def test_what_is_saved_while_we_render_is_not_lost(
    document: Path, base_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_document(document, base_file, [HEAD], TITLE)
    rendering = files.render
    saves = iter(["saved meanwhile", "and again"])

    def slow(text, blocks, base):
        rendered = rendering(text, blocks, base)
        if words := next(saves, None):
            document.write_text(document.read_text().replace("- two", f"- two\n- {words}"))
        return rendered

    monkeypatch.setattr(files, "render", slow)
    write_document(document, base_file, [Block("head", "## Where\n- one\n- zwei")], TITLE)
    text = document.read_text()
    assert "- saved meanwhile" in text
    assert "- and again" in text
    assert "- zwei" in text


def test_killed_between_bases_and_document_loses_no_edit(
    document: Path, base_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_document(document, base_file, [HEAD], TITLE)
    document.write_text(document.read_text().replace("- one", "- one, mine"))
    with monkeypatch.context() as patch:
        patch.setattr(files, "_replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            write_document(document, base_file, [Block("head", "## Where\n- one\n- two\n- three")], TITLE)
    write_document(document, base_file, [Block("head", "## Where\n- one\n- two\n- four")], TITLE)
    assert "## Where\n- one, mine\n- two\n- four\n<!--" in document.read_text()


def test_damaged_bases_are_survived(document: Path, base_file: Path) -> None:
    write_document(document, base_file, [HEAD], TITLE)
    for damage in (b"", b"[]", b"\xff", b'{"blocks": 3, "title": []}'):
        base_file.write_bytes(damage)
        write_document(document, base_file, [Block("head", damage.decode("latin-1"))], TITLE)
        assert read_bases(base_file).blocks.keys() == {"head"}


def test_a_place_that_cannot_be_written_is_told(base_file: Path, tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="cannot write"):
        write_document(tmp_path / "missing" / "SCRATCH.md", base_file, [HEAD], TITLE)

"""Lists of images as CSV: headers, delimiters, paths and sessions."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge_transfer.errors import DatasetError, StorageError
from edge_transfer.ingest.csv_list import list_csv
from edge_transfer.ingest.listing import Listing


def listed(folder: Path, text: str | bytes) -> Listing:
    path = folder / "list.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return list_csv(path)


def rows(listing: Listing) -> list[tuple[str, str, str | None, str | None]]:
    return [(item.shown, item.label, item.split, item.session) for item in listing.items]


def reasons(listing: Listing) -> list[tuple[str, str]]:
    return [(shown, reason) for _, shown, reason in listing.rejected]


@pytest.mark.parametrize(
    "text",
    [
        "path,label\na/1.jpg,cat\nb/3.jpg,dog\n",
        "\ufeffPath,LABEL\r\na/1.jpg,cat\r\nb/3.jpg,dog\r\n",
        "label ; comment; path\ncat;x, y;a/1.jpg\ndog;;b/3.jpg",
        '"path","label"\n"a/1.jpg","cat"\n\n , \n"b/3.jpg"," dog "\n',
        "path,label\na\\1.jpg,cat\n.\\b\\3.jpg,dog\n",
    ],
)
def test_headers_delimiters_and_slashes(data: Path, text: str) -> None:
    listing = listed(data, text)
    assert [(item.path.resolve(), item.label, item.split, item.session) for item in listing.items] == [
        ((data / "a" / "1.jpg").resolve(), "cat", None, None),
        ((data / "b" / "3.jpg").resolve(), "dog", None, None),
    ]
    assert listing.rejected == []
    assert listing.source == "list.csv"


def test_splits_in_any_case(data: Path) -> None:
    text = "path,label,split\na/1.jpg,x,Train\na/2.jpg,x,VALID\nb/3.jpg,x,Validation\na/1.jpg,x,val\na/2.jpg,x,TEST\n"
    assert [item.split for item in listed(data, text).items] == ["train", "val", "val", "val", "test"]


def test_rows_that_cannot_be_used_are_named_by_their_line(data: Path) -> None:
    long = "x" * 300
    text = (
        "path,label,split\n"
        "a/1.jpg,,train\n"
        ",cat,train\n"
        "a/none.jpg,cat,train\n"
        '"a/1.jpg","two\nlines",holdout\n'
        "a/2.jpg,cat\n"
        "a/2.jpg,cat,test\n"
        f"{long},cat,train\n"
        "a/\0.jpg,cat,train\n"
    )
    listing = listed(data, text)
    assert rows(listing) == [("a/2.jpg", "cat", "test", None)]
    assert reasons(listing) == [
        ("a/1.jpg", "line 2: the label is empty"),
        ("", "line 3: the path is empty"),
        ("a/none.jpg", "line 4: the file does not exist"),
        ("a/1.jpg", "line 6: unknown split 'holdout': use train, val or test"),
        ("a/2.jpg", "line 7: unknown split '': use train, val or test"),
        (long, "line 9: the file does not exist"),
        ("a/\0.jpg", "line 10: the file does not exist"),
    ]


def test_paths_outside_the_folder_are_the_users_own(data: Path) -> None:
    outside = data.parent / "outside.jpg"
    outside.write_bytes(b"x")
    listing = listed(data, f"path,label\n../outside.jpg,cat\n{outside},cat\n../nothing.jpg,cat\n")
    assert [item.path.resolve() for item in listing.items] == [outside.resolve()] * 2
    assert reasons(listing) == [("../nothing.jpg", "line 4: the file does not exist")]


def test_a_backslash_may_be_part_of_a_name(data: Path) -> None:
    if os.name == "nt":
        pytest.skip("a backslash separates folders here")
    (data / "a\\1.jpg").write_bytes(b"x")
    assert listed(data, "path,label\na\\1.jpg,cat\n").items[0].path == data / "a\\1.jpg"


def test_a_split_must_not_cut_a_session(data: Path) -> None:
    text = (
        "path,label,split,session\n"
        "a/1.jpg,cat,train,one\na/2.jpg,cat,test,one\nb/3.jpg,dog,train,two\na/1.jpg,dog,test,\na/2.jpg,dog,train,\n"
    )
    listing = listed(data, text)
    assert rows(listing) == [
        ("b/3.jpg", "dog", "train", "two"),
        ("a/1.jpg", "dog", "test", None),
        ("a/2.jpg", "dog", "train", None),
    ]
    reason = "session 'one' has rows in test and train: a split must not cut a session"
    assert reasons(listing) == [("a/1.jpg", f"line 2: {reason}"), ("a/2.jpg", f"line 3: {reason}")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"path,class\na/1.jpg,cat\n", "lacks the column label.*found: 'path', 'class'"),
        (b"a/1.jpg,cat\n", "lacks the column path and label"),
        (b"", "lacks the column path and label.*found: nothing"),
        (b"path,label,label\n", "more than one column label"),
        (b"path,label\n", "no rows"),
        (b"path,label\n\n\n", "no rows"),
        ("path,label\na.jpg,größe\n".encode("latin-1"), r"not UTF-8 text \(line 2\)"),
        ("path,label\na.jpg,b\n".encode("utf-16"), "UTF-16"),
        (b'path,label\na.jpg,"' + b"x" * 200_000, "line 2"),
    ],
)
def test_unusable_files(data: Path, content: bytes, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        listed(data, content)


def test_a_list_that_is_no_file(data: Path) -> None:
    with pytest.raises(StorageError, match="cannot read"):
        list_csv(data / "none.csv")
    with pytest.raises(DatasetError, match="it is a folder"):
        list_csv(data)
    if hasattr(os, "mkfifo"):
        os.mkfifo(data / "pipe.csv")
        with pytest.raises(DatasetError, match="it is a pipe"):
            list_csv(data / "pipe.csv")

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videojobs_ext.api.errors import RequestRefused
from videojobs_ext.api.multipart import MAX_FIELD_SIZE, MAX_FIELDS, Form

PIECES = st.lists(st.sampled_from([b"\r", b"\n", b"-", b"--edge", b"\r\n--edg", b"e"]))

TYPE = "multipart/form-data; boundary=edge"


class Kept:
    def __init__(self):
        self.name = None
        self.data = b""

    def open(self, name):
        self.name = name
        return self

    def write(self, data):
        self.data += data


def part(name, content, filename=None):
    extra = "" if filename is None else f'; filename="{filename}"'
    return (
        f'--edge\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'.encode()
        + content
        + b"\r\n"
    )


def read(body, content_type=TYPE, *, by=None):
    kept = Kept()
    form = Form.of(content_type, kept.open)
    step = by or len(body)
    for start in range(0, len(body), step):
        form.feed(body[start : start + step])
    form.close()
    return form, kept


@given(
    content=st.binary(max_size=300)
    | st.lists(st.sampled_from([b"\r", b"\n", b"-", b"--edge", b"e"])).map(b"".join),
    by=st.integers(1, 90),
)
def test_a_file_comes_through_whole_however_it_is_cut(content, by):
    if b"\r\n--edge" in b"\r\n" + content:
        return
    body = (
        part("pipeline_id", b"motion") + part("file", content, "a.mp4") + part("name", "é".encode())
    )
    form, kept = read(body + b"--edge--\r\n", by=by)
    assert kept.data == content
    assert kept.name == "a.mp4"
    assert form.fields == {"pipeline_id": "motion", "name": "é"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"no form at all", None),
        (part("pipeline_id", b"motion"), None),
        (part("file", b"x", "a.mp4"), None),
        (part("file", b"x") + b"--edge--\r\n", "file"),
        (part("name", b"x", "a.txt") + b"--edge--\r\n", "name"),
        (part("name", b"x") * 2 + b"--edge--\r\n", "name"),
        (part("file", b"x", "a.mp4") * 2 + b"--edge--\r\n", "file"),
        (part("name", b"\xff\xfe") + b"--edge--\r\n", "name"),
        (part("", b"x") + b"--edge--\r\n", None),
        (b"".join(part(f"n{i}", b"") for i in range(MAX_FIELDS + 1)) + b"--edge--\r\n", None),
        (b"--edge\r\n" + b"A: " + b"x" * 100_000 + b"\r\n\r\n\r\n--edge--\r\n", None),
    ],
)
def test_a_form_that_is_none_is_refused_with_the_field(body, field):
    with pytest.raises(RequestRefused) as refused:
        read(body)
    assert refused.value.status == 400
    assert refused.value.field == field


def test_a_field_of_endless_length_is_refused_before_it_is_kept():
    with pytest.raises(RequestRefused) as refused:
        read(part("params", b" " * (MAX_FIELD_SIZE + 1)) + b"--edge--\r\n", by=1000)
    assert refused.value.status == 413
    assert refused.value.field == "params"


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", f"multipart/form-data; boundary={'x' * 500}"]
)
def test_a_form_without_a_usable_boundary_is_refused(content_type):
    with pytest.raises(RequestRefused):
        read(b"", content_type)

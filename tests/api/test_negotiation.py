import pytest

from videojobs_ext.api.errors import RequestRefused
from videojobs_ext.api.media import ARROW, JSON, PARQUET
from videojobs_ext.api.negotiation import negotiate

OFFERED = (ARROW, PARQUET, JSON)


@pytest.mark.parametrize(
    ("accept", "best"),
    [
        ("", ARROW),
        ("*/*", ARROW),
        ("application/*", ARROW),
        (JSON, JSON),
        (f"{JSON};q=0.5, {PARQUET};q=0.8", PARQUET),
        (f"text/html, {JSON};q=0.9, */*;q=0.1", JSON),
        (f"*/*, {ARROW};q=0", PARQUET),
        (JSON.upper(), JSON),
        ("application/json;q=x, */*", ARROW),
    ],
)
def test_the_best_of_what_is_on_offer(accept, best):
    assert negotiate(accept, OFFERED) == best


@pytest.mark.parametrize("accept", ["text/html", "image/*", f"{JSON};q=0"])
def test_nothing_that_fits_is_406(accept):
    with pytest.raises(RequestRefused) as refused:
        negotiate(accept, OFFERED)
    assert refused.value.status == 406

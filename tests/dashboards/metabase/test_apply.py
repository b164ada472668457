"""try"""
import pytest

from dashboards.metabase.provision import apply
from dashboards.metabase.verify import verify

pytestmark = pytest.mark.db


def test_try(settings, applied, standin):
    for c in verify(settings): print(c.as_text())
    print(apply(settings).as_text())
    assert 0

"""A stand-in for a Metabase server: strict, small, and not Metabase.

It answers the endpoints that the provisioner uses as the evidence in docs/dashboards.md says a Metabase of version
0.57-0.65 does, and runs the cards' SQL for real on the embedded Postgres. The witnesses in tests/witness keep it
honest: Metabase's own command line and validators read what it answers.
"""

from tests.metabase_standin.faults import Fault
from tests.metabase_standin.server import MetabaseStandIn

__all__ = ["Fault", "MetabaseStandIn"]

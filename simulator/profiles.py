"""Kinds of terminals that offices own: what each speaks, stores and refuses (devices.md 1-4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Form = Literal["zk8a", "zk8b", "zk16", "zk40", "zk49"]
Channel = Literal["tcp", "udp"]


@dataclass(frozen=True)
class Profile:
    """A kind of terminal.

    form: of its attendance records. user_size: bytes of a user record. sizes: length of the answer to GET_FREE_SIZES,
    4 means 4 zero bytes unless the request has an argument. has_buffer: knows 1503 and 1504; has_plain: knows 13 and 9.
    push_only: counts nothing and answers transfers with 4989. block: data bytes of a CMD_DATA datagram.
    """

    platform: str
    device_name: str
    firmware: str
    form: Form = "zk40"
    channels: tuple[Channel, ...] = ("tcp",)
    user_size: int = 72
    sizes: int = 92
    has_buffer: bool = True
    has_plain: bool = False
    push_only: bool = False
    block: int = 1024


TFT = "Ver 6.60 Apr 28 2016"
BLACK_AND_WHITE = "Ver 6.60 Aug 19 2015"
PROFILES: dict[str, Profile] = {
    "F18": Profile("ZMM210_TFT", "F18", TFT),
    "F19": Profile("ZEM760_TFT", "F19", "Ver 6.60 Nov 13 2013", channels=("tcp", "udp"), sizes=80),
    "K40": Profile("ZLM60_TFT", "K40", "Ver 6.60 Dec 20 2017", channels=("tcp", "udp")),
    "IFACE": Profile("ZEM800_TFT", "iFace702", "Ver 6.60 Mar 2 2015", channels=("tcp", "udp"), sizes=112),
    "ZEM500": Profile("ZEM500", "U160", BLACK_AND_WHITE, form="zk8b", channels=("tcp", "udp"), user_size=28, sizes=80),
    "MA300": Profile("ZMM100", "MA300-BT", BLACK_AND_WHITE, form="zk8b", channels=("tcp", "udp"), user_size=28),
    "BW8": Profile("ZEM510", "C2", BLACK_AND_WHITE, form="zk8a", channels=("tcp", "udp"), user_size=28, sizes=80),
    "BW16": Profile(
        "ZEM560", "K14", BLACK_AND_WHITE, form="zk16", channels=("tcp", "udp"), user_size=28, sizes=80, block=1008
    ),
    "LEGACY8": Profile(
        "ZEM500", "F7", "Ver 6.21 Jan 10 2009", form="zk8b", channels=("tcp", "udp"), user_size=28, sizes=80,
        has_buffer=False, has_plain=True, block=1008,
    ),
    "LEGACY16": Profile(
        "ZEM560", "S20", "Ver 6.39 May 4 2012", form="zk16", channels=("tcp", "udp"), user_size=28, sizes=80,
        has_buffer=False, has_plain=True, block=1008,
    ),
    "MB560": Profile("ZAM170", "MB560-VL", "Ver 8.0.4.2 Feb 2021", form="zk49", channels=("tcp", "udp"), sizes=112),
    "SPEEDFACE": Profile("ZAM180", "SpeedFace-V5L", "ZAM180-NF50VA-2.1", form="zk49", sizes=112),
    "WL20": Profile("ZLM30", "WL20", "Ver 6.60 Jul 2016", channels=("tcp", "udp"), sizes=4),
    "H5L": Profile("ZAM180", "SpeedFace-H5L", "ZAM180-NF50VD-3.3.2", channels=("tcp", "udp"), sizes=80, push_only=True),
}  # fmt: skip
DEFAULT = "F18"

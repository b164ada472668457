"""The people who may sign in: a name, a role, a password's hash."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from dashboards.definition import ROLE
from dashboards.sign_in.kept import changing_rows, read_rows
from dashboards.sign_in.passwords import COST, LONGEST, SHORTEST, Cost, hashed, is_right
from warehouse.console import Exit, Problem
from warehouse.settings import Settings

USERS_FILE: Final = "page_users.json"
NAME: Final = re.compile(r"[a-z][a-z0-9._-]{1,31}")


class UserRow(BaseModel):
    """A row of the file, by name."""

    model_config = ConfigDict(extra="forbid")

    role: Annotated[str, Field(pattern=ROLE)]
    password: Annotated[str, Field(pattern=r"^scrypt(\$[^$]+){5}$")]


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in. Two are equal only with the same password, so a changed one ends old sessions."""

    name: str
    role: str
    password_hash: str


class Users:
    """The file of users; read at each question, so that a removed user is out at once."""

    def __init__(self, path: Path, cost: Cost = COST) -> None:
        self._path = path
        self._cost = cost

    @classmethod
    def of(cls, settings: Settings) -> Users:
        """The users of this machine."""
        return cls(settings.secrets_dir / USERS_FILE)

    def all(self) -> list[User]:
        """Everybody, by name."""
        return [User(name, row.role, row.password) for name, row in sorted(read_rows(self._path, UserRow).items())]

    def get(self, name: str) -> User | None:
        """The user of that name."""
        return next((user for user in self.all() if user.name == name), None)

    def add(self, name: str, role: str, password: str) -> None:
        """Adds a user.

        Raises:
            Problem: the name or role is no such, the name is taken, or the password too short or too long.
        """
        if not NAME.fullmatch(name):
            reason = f"Nama '{name}' tidak dapat dipakai: 2 sampai 32 huruf kecil, angka, titik, '-' atau '_'."
            raise Problem(reason, Exit.WRONG_USE)
        if not re.fullmatch(ROLE, role):
            reason = f"Peran '{role}' tidak ada; pilih wali_kota, wakil, sekda, bkpp, auditor atau opd:KODE."
            raise Problem(reason, Exit.WRONG_USE)
        if not SHORTEST <= len(password) <= LONGEST:
            raise Problem(f"Kata sandi harus {SHORTEST} sampai {LONGEST} huruf.", Exit.WRONG_USE)
        with changing_rows(self._path, UserRow) as rows:
            if name in rows:
                raise Problem(f"Pengguna '{name}' sudah ada; hapus dulu dengan 'user remove'.", Exit.REFUSED)
            rows[name] = UserRow(role=role, password=hashed(password, self._cost))

    def add_first(self, roles: Iterable[str], settings: Settings) -> bool:
        """One user per role with a password made at random, when there is no file of users yet.

        The name is the role's; each password stands alone in the secrets folder, in `page_user_<name>`.

        Returns:
            True when they were made now.
        """
        if self._path.exists():
            return False
        for role in roles:
            name = role.replace(":", "_").lower()
            self.add(name, role, settings.secret_made_once(f"page_user_{name}"))
        return True

    def remove(self, name: str) -> None:
        """Removes a user; his sessions end with him.

        Raises:
            Problem: nobody has that name.
        """
        with changing_rows(self._path, UserRow) as rows:
            if rows.pop(name, None) is None:
                raise Problem(f"Pengguna '{name}' tidak ada.", Exit.REFUSED)

    def signing_in(self, name: str, password: str) -> User | None:
        """The user, when name and password belong together; an unknown name costs the same work as a wrong password."""
        user = self.get(name)
        is_password = is_right(password[: LONGEST + 1], user.password_hash if user else self._nobody)
        return user if is_password and user is not None else None

    @cached_property
    def _nobody(self) -> str:
        return hashed(secrets.token_urlsafe(), self._cost)

"""Adding up: rows of columns by a key, piece after piece."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Table = NDArray[np.float64]  # a row a key, a column a name


class Tally:
    """Sums by key. Names in ``greatest`` are not added up: the greatest of them is kept."""

    def __init__(self, names: Sequence[str], greatest: frozenset[str] = frozenset()) -> None:
        self._names = tuple(names)
        self._greatest = greatest
        self._pieces: list[tuple[Whole, Table]] = []

    def add(self, key: Whole, values: Mapping[str, NDArray[Any]]) -> None:
        """Add rows: for every one a key, and the values of some of the names."""
        none = np.zeros(len(key))
        self._pieces.append(self._summed(key, [values.get(name, none) for name in self._names]))

    def merge(self, into: int, source: Tally, key: int) -> None:
        """Add what another tally has of a key to one of this."""
        keys, table = source._whole()
        row = table[keys == key]
        self._pieces.append((np.full(len(row), into, np.int64), row))

    @property
    def keys(self) -> list[int]:
        """All keys, in order."""
        return [int(key) for key in self._whole()[0]]

    def most(self, name: str, count: int) -> list[int]:
        """The keys with the highest sums of a name, the highest first."""
        keys, table = self._whole()
        order = np.argsort(-table[:, self._names.index(name)], kind="stable")[:count]
        return [int(key) for key in keys[order]]

    def sums(self, key: int) -> dict[str, float]:
        """What came together under a key; zeros under one that never came."""
        keys, table = self._whole()
        place = int(np.searchsorted(keys, key))
        if place == len(keys) or keys[place] != key:
            return dict.fromkeys(self._names, 0.0)
        return dict(zip(self._names, table[place].tolist(), strict=True))

    def total(self) -> dict[str, float]:
        """What came together under all keys."""
        keys, table = self._whole()
        _, whole = self._summed(np.zeros(len(keys), np.int64), list(table.T))
        row = whole[0].tolist() if len(whole) else [0.0] * len(self._names)
        return dict(zip(self._names, row, strict=True))

    def _whole(self) -> tuple[Whole, Table]:
        """All pieces as one."""
        if len(self._pieces) != 1:
            keys = [key for key, _ in self._pieces] or [np.empty(0, np.int64)]
            tables = [table for _, table in self._pieces] or [np.empty((0, len(self._names)))]
            columns = np.concatenate(tables).T
            self._pieces = [self._summed(np.concatenate(keys), list(columns))]
        return self._pieces[0]

    def _summed(self, key: Whole, columns: Sequence[NDArray[Any]]) -> tuple[Whole, Table]:
        keys, place = np.unique(key, return_inverse=True)
        table = np.zeros((len(keys), len(self._names)))
        for number, (name, column) in enumerate(zip(self._names, columns, strict=True)):
            if name in self._greatest:
                np.maximum.at(table[:, number], place, column)
            else:
                table[:, number] = np.bincount(place, weights=column, minlength=len(keys))
        return keys, table

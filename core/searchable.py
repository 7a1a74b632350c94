"""Rows that can be found by any part of their texts, at a million rows (trigrams in a plain GIN index)."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, Self

from django.contrib.postgres.fields import ArrayField
from django.db import connections, models
from django.db.models import F, Lookup, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from core.search import GRAM_LENGTH, grams, normalize
from core.tenancy import CompanyModel, CompanyQuerySet

FEW: Final = 3_000  # rows that a search names one by one for a page of them
_LIKE: Final = re.compile(r"[\\%_]")
_ESCAPED: Final = r"\\\g<0>"


class SearchTextField(models.TextField):
    """Holds the normalized text of `search_parts()`, computed at each save."""

    def pre_save(self, model_instance: Any, add: bool) -> str:
        """Compute the text from the row's present values."""
        text = normalize(" ".join(part for part in model_instance.search_parts() if part))
        setattr(model_instance, self.attname, text)
        return text


class SearchGramsField(ArrayField):
    """Holds the trigrams of `search_text`, computed at each save."""

    def pre_save(self, model_instance: Any, add: bool) -> list[str]:
        """Compute the trigrams from the row's present values."""
        found = grams(" ".join(part for part in model_instance.search_parts() if part))
        setattr(model_instance, self.attname, found)
        return found

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """Write the trigrams as PostgreSQL's text of an array: quoting each is half the work of a bulk insert."""
        if not isinstance(value, list):
            return super().get_db_prep_save(value, connection)
        joined = "\0".join(value).replace("\\", "\\\\").replace('"', '\\"').replace("\0", '","')
        return f'{{"{joined}"}}' if value else "{}"


_found: ContextVar[dict[Any, list[int]] | None] = ContextVar("found", default=None)


@contextmanager
def searched_once() -> Iterator[None]:
    """Ask the index once for what several lists of the same rows look for together; nothing is written meanwhile."""
    token = _found.set({})
    try:
        yield
    finally:
        _found.reset(token)


class _AnyOf(Lookup):
    """One of very many ids, which travel as one array instead of a parameter each."""

    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Compile to a comparison with the array."""
        left, params = self.process_lhs(compiler, connection)
        return f"{left} = ANY (%s)", (*params, self.rhs)


class SearchableQuerySet(CompanyQuerySet):
    """Adds `search()`."""

    def search(self, text: str, most: int = FEW) -> Self:
        """Keep the rows that contain every word of `text`, wherever it stands, forgiving accents.

        Asks the index at once which rows those are. Where they are more than `most`, the list's own order meets them
        soon enough, and each row's text is compared on the way; who counts them all names more of them one by one.
        """
        words = normalize(text).split()
        if any(len(word) >= GRAM_LENGTH for word in words):
            found = self._find(words, most + 1)
            if len(found) <= most:
                return self.filter(_AnyOf(F("pk"), found)) if found else self.none()
        # Not `contains`: from a pattern the database would guess that few rows have it, and read them all.
        return self.filter(*(GreaterThan(StrIndex("search_text", Value(word)), 0) for word in words))

    def _find(self, words: Sequence[str], most: int) -> list[int]:
        """Return the ids of the rows of the table that contain the words, so many at most."""
        known, asked = _found.get(), (self.model, *words, most)
        if known is None:
            return self._ask(words, most)
        if asked not in known:
            known[asked] = self._ask(words, most)
        return known[asked]

    def _ask(self, words: Sequence[str], most: int) -> list[int]:
        sought = sorted({gram for word in words for gram in grams(word)})
        patterns = [f"%{_LIKE.sub(_ESCAPED, word)}%" for word in words]
        with connections[self.db].cursor() as cursor:
            cursor.execute(
                "SELECT app_find(%s::regclass, %s::varchar[], %s::text[], %s)",
                [f'"{self.model._meta.db_table}"', sought, patterns, most],
            )
            return [pk for (pk,) in cursor.fetchall()]


class SearchableModel(CompanyModel):
    """Adds the two columns. A model says what can be found in `search_parts()` and indexes `search_grams`."""

    search_text = SearchTextField(default="", editable=False)
    search_grams = SearchGramsField(models.CharField(max_length=8), default=list, editable=False)

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def search_parts(self) -> list[str]:
        """Return the texts the row can be found by."""
        raise NotImplementedError

"""Rows that can be found by any part of their texts, at a million rows (trigrams in a plain GIN index)."""

from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models

from core.search import GRAM_LENGTH, grams, normalize
from core.tenancy import CompanyModel, CompanyQuerySet


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


class SearchableQuerySet(CompanyQuerySet):
    """Adds `search()`."""

    def search(self, text: str) -> Self:
        """Keep the rows that contain every word of `text`, wherever it stands, forgiving accents."""
        found = self
        for word in normalize(text).split():
            if len(word) >= GRAM_LENGTH:
                found = found.filter(search_grams__contains=grams(word))
            found = found.filter(search_text__contains=word)
        return found


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

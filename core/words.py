"""The words of what is drawn in every row, looked up once instead of once a row: the site speaks one language.

Used like Django's own, under the same names, by what draws tables, chips and values.
"""

from functools import lru_cache

from django.utils import translation
from django.utils.functional import lazy

gettext = lru_cache(maxsize=4096)(translation.gettext)
gettext_lazy = lazy(gettext, str)

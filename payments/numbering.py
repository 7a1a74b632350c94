"""Numbers of receipts and refunds: one locked counter row for each, taken last in the transaction that needs one."""

from django.db.models import F

from payments.models import Counter, Prefix


def take_next(prefix: Prefix) -> int:
    """Take the next number; its counter stays locked until the transaction ends, so this comes last of all locks."""
    counter = _lock(prefix) or _begin(prefix)
    Counter.objects.filter(pk=counter.pk).update(last_number=F("last_number") + 1)
    return counter.last_number + 1


def _lock(prefix: Prefix) -> Counter | None:
    return Counter.objects.select_for_update(of=("self",), no_key=True).filter(prefix=prefix).first()


def _begin(prefix: Prefix) -> Counter:
    """Begin to count; of two that begin at once, the second waits and goes on from the first."""
    Counter.objects.bulk_create([Counter(prefix=prefix)], ignore_conflicts=True)
    counter = _lock(prefix)
    if counter is None:
        raise AssertionError(f"no counter {prefix}")
    return counter

"""The workbooks that were read last, so that the catalog can go back to one of them."""

from typing import ClassVar

from django.db import models


class WorkbookManager(models.Manager["Workbook"]):
    def get_queryset(self) -> models.QuerySet["Workbook"]:
        """Leave out the content, which has megabytes: only `read` loads it."""
        return super().get_queryset().defer("content")


class Workbook(models.Model):
    """A workbook as it was read from the sheet's address; `read_at` is the last time that it was the same."""

    digest = models.CharField(max_length=64, unique=True)
    content = models.BinaryField()
    size = models.PositiveIntegerField()
    read_at = models.DateTimeField()

    objects: ClassVar[WorkbookManager] = WorkbookManager()

    class Meta:
        ordering = ("-read_at", "-pk")

    def __str__(self) -> str:
        return f"Workbook {self.pk}, read at {self.read_at}"

    @classmethod
    def read(cls, digest: str) -> bytes | None:
        """Return the content; None where it is no longer kept."""
        content = cls.objects.filter(digest=digest).values_list("content", flat=True).first()
        return None if content is None else bytes(content)

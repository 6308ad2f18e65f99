"""Log lines that both people and machines can read."""

import json
import re

from pythonjsonlogger.core import LogData
from pythonjsonlogger.json import JsonFormatter

BARE = re.compile(r"[^\s\"=]+")


class KeyValueFormatter(JsonFormatter):
    """Write what the JSON formatter writes as `key=value`, in quotes where a value needs them."""

    def jsonify_log_record(self, log_data: LogData) -> str:
        """Return the line: quoted values are JSON strings, so that one record stays one line."""
        return " ".join(f"{key}={_value(value)}" for key, value in log_data.items())


def _value(value: object) -> str:
    text = str(value)
    return text if BARE.fullmatch(text) else json.dumps(text, ensure_ascii=False)

"""Where `watch` sends its messages. An output is one file of `sinks` and one row of `OUTPUTS`."""

from __future__ import annotations

from ..sinks.json_lines import FILE, STANDARD_OUTPUT
from ..sinks.mqtt import MQTT
from ..sinks.webhook import WEBHOOK

OUTPUTS = (STANDARD_OUTPUT, FILE, MQTT, WEBHOOK)

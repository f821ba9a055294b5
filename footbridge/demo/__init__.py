"""The demo district: fixed people that demonstrations can name, and a small world around them."""

from footbridge.demo.data import demo_id, vocabulary
from footbridge.demo.load import DemoRefused, is_demo_only, load, reset

__all__ = ["DemoRefused", "demo_id", "is_demo_only", "load", "reset", "vocabulary"]

"""Ids as they stand in paths."""

from typing import Annotated

from fastapi import Path

AssignmentId = Annotated[str, Path(pattern="^asg_[0-9a-f]{32}$")]
QueueId = Annotated[str, Path(pattern="^que_[0-9a-f]{32}$")]

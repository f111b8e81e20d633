"""What a flow has decided about a caller before the queue: how urgent they are, and who fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueWish:
    """``priority``: higher goes first; ``skills``: a name and the least level, 0 to 100, an agent
    needs; ``agent``: the extension of whoever should be asked first, "" for nobody."""

    priority: int = 0
    skills: Mapping[str, int] = field(default_factory=dict)
    is_vip: bool = False
    agent: str = ""

    def joined(self, other: QueueWish) -> QueueWish:
        """This one, with what ``other`` says over it."""
        return replace(
            self,
            priority=other.priority or self.priority,
            skills={**self.skills, **other.skills},
            is_vip=self.is_vip or other.is_vip,
            agent=other.agent or self.agent,
        )


NO_WISH = QueueWish()

"""The reward service from a training run: a client, and the function that trainers call."""

from ingot.rewards.client import RewardClient
from ingot.rewards.reward_func import async_reward_func, reward_func

__all__ = ["RewardClient", "async_reward_func", "reward_func"]

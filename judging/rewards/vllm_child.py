"""The child process that holds vLLM: reads conversations from a pipe and answers their rewards.

It ends when the pipe ends, so it never outlives its parent, not even after a kill -9.
"""

import os
import sys
from multiprocessing.connection import Connection
from typing import Any

from vllm import LLM, PoolingParams
from vllm.inputs import PromptType, TokensPrompt

from judging.rewards.base import Conversation, Reward, reward_of
from judging.rewards.tokens import Reader, Row, UnfitError, reader_of


def load(options: dict[str, Any]) -> LLM:
    """Start vLLM with the settings that suit the device."""
    arguments: dict[str, Any] = {
        "model": options["model"],
        "runner": "pooling",
        "dtype": options["dtype"],
        "max_model_len": options["max_model_len"],
        "disable_log_stats": True,
    }
    if options["device"] == "cpu":
        arguments |= {"enforce_eager": True, "distributed_executor_backend": "uni"}
    return LLM(**arguments)


class Child:
    """One model and the pipe to whoever wants rewards."""

    def __init__(self, llm: LLM, weights: tuple[float, ...]) -> None:
        self.llm, self.weights = llm, weights
        config = llm.llm_engine.model_config
        self.reader: Reader = reader_of(llm.get_tokenizer(), config.hf_config, config.max_model_len)
        self.task = _task_of(llm)

    def score(self, conversations: list[Conversation]) -> list[Reward]:
        """One reward each; what the model cannot take fails alone."""
        read = [self.read(conversation) for conversation in conversations]
        rows = [row for row in read if isinstance(row, Row)]
        scored = iter(self.scores(rows))
        return [next(scored) if isinstance(row, Row) else row for row in read]

    def read(self, conversation: Conversation) -> Row | Reward:
        """The tokens, or why there are none."""
        try:
            row = self.reader.read(conversation)
        except UnfitError as error:
            return Reward(None, str(error))
        if row.types:
            why = "this model tells two texts apart by token types: score it with transformers"
            return Reward(None, why)
        return row

    def scores(self, rows: list[Row]) -> list[Reward]:
        """Raw logits, before any sigmoid or softmax."""
        if not rows:
            return []
        prompts: list[PromptType] = [TokensPrompt(prompt_token_ids=row.ids) for row in rows]
        outputs = self.llm.encode(
            prompts,
            pooling_params=PoolingParams(use_activation=False),
            pooling_task=self.task,
            use_tqdm=False,
        )
        return [self.reward(output) for output in outputs]

    def reward(self, output: Any) -> Reward:
        """Of a model that scores each token, the last one's score counts."""
        tokens = len(output.prompt_token_ids)
        if output.error is not None:
            return Reward(None, f"vLLM: {output.error}", tokens)
        data = output.outputs.data
        heads = data if data.dim() == 1 else data[-1]
        return reward_of(heads.tolist(), self.weights, tokens)


def _task_of(llm: LLM) -> Any:
    tasks = llm.llm_engine.get_supported_tasks()
    for task in ("classify", "token_classify"):
        if task in tasks:
            return task
    raise TypeError(f"Error: the model gives no scores, only {', '.join(tasks)}")


def main() -> None:
    """Load the model that the parent names and serve it."""
    pipe = Connection(int(sys.argv[1]))
    try:
        options = pipe.recv()
        child = Child(load(options), options["weights"])
        pipe.send(True)
        while True:
            pipe.send(child.score(pipe.recv()))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        os._exit(0)  # the parent is gone; vLLM's own clean-up has nobody to report to


if __name__ == "__main__":
    main()

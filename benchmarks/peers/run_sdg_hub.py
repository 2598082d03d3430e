"""sdg_hub: a flow of one asynchronous LLM block."""

import pandas as pd
from sdg_hub import Flow, FlowMetadata
from sdg_hub.core.blocks import LLMChatBlock

from benchmarks.peers.job import Job, run

SAVE_EVERY = 100


def answer(job: Job) -> list[object]:
    """Run the flow; without checkpoints all rows are in flight at once."""
    block = LLMChatBlock(
        block_name="write", input_cols="messages", output_cols="answer", async_mode=True
    )
    flow = Flow(blocks=[block], metadata=FlowMetadata(name="peer"))
    flow.set_model_config(model="openai/mock", api_base=job.endpoint, api_key="none")
    rows = [[{"role": "user", "content": prompt}] for prompt in job.prompts]
    durable = {"checkpoint_dir": job.folder, "save_freq": SAVE_EVERY}
    done = flow.generate(
        pd.DataFrame({"messages": rows}), **(durable if job.setting == "checkpointed" else {})
    )
    return [each[0]["content"] for each in done["answer"]]


if __name__ == "__main__":
    run("sdg_hub", answer)

"""distilabel: one TextGeneration task over OpenAILLM."""

from distilabel.models.llms import OpenAILLM
from distilabel.pipeline import Pipeline
from distilabel.steps import LoadDataFromDicts
from distilabel.steps.tasks import TextGeneration

from benchmarks.peers.job import Job, run

MAX_TOKENS = 2048
"""distilabel's default of 128 would cut the work."""
BATCH = {"default": 50, "tuned": 256}


def answer(job: Job) -> list[object]:
    """Run the pipeline; a row that failed holds None."""
    batch = BATCH[job.setting]
    llm = OpenAILLM(
        model="mock",
        base_url=job.endpoint,
        api_key="none",
        generation_kwargs={"max_new_tokens": MAX_TOKENS},
    )
    with Pipeline(name="peer", cache_dir=job.folder) as pipeline:
        rows = [{"instruction": prompt} for prompt in job.prompts]
        load = LoadDataFromDicts(data=rows, batch_size=batch)
        load >> TextGeneration(llm=llm, input_batch_size=batch)
    distiset = pipeline.run(use_cache=False)
    return list(distiset["default"]["train"]["generation"])


if __name__ == "__main__":
    run("distilabel", answer)

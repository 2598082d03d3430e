"""NeMo Data Designer: one text column over a seed data set."""

import data_designer.config as dd
import pandas as pd
from data_designer.interface import DataDesigner

from benchmarks.peers.job import Job, run

PARALLEL = {"default": 4, "tuned": 256}


def answer(job: Job) -> list[object]:
    """Create the data set and read it back."""
    provider = dd.ModelProvider(name="mock", endpoint=job.endpoint, api_key="none")
    parameters = dd.ChatCompletionInferenceParams(max_parallel_requests=PARALLEL[job.setting])
    model = dd.ModelConfig(
        alias="writer",
        model="mock",
        provider="mock",
        inference_parameters=parameters,
        skip_health_check=True,
    )
    config = dd.DataDesignerConfigBuilder(model_configs=[model])
    config.with_seed_dataset(dd.DataFrameSeedSource(df=pd.DataFrame({"prompt": job.prompts})))
    config.add_column(
        dd.LLMTextColumnConfig(name="answer", prompt="{{ prompt }}", model_alias="writer")
    )
    designer = DataDesigner(artifact_path=job.folder, model_providers=[provider])
    created = designer.create(config, num_records=job.requests)
    return list(created.load_dataset()["answer"])


if __name__ == "__main__":
    run("data-designer", answer)

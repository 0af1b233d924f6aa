"""A multilingual model builds: XLM-R's architecture, a unigram tokenizer, prompts, mean pooling."""

import importlib
from pathlib import Path
from typing import Any

import pytest

from ingest.adapters.embed_onnx import OnnxEmbedder
from ingest.adapters.model_build import build_model
from ingest.adapters.model_check import agreement
from ingest.adapters.model_languages import pairs
from ingest.adapters.model_original import load_original
from ingest.adapters.model_recipe import BuiltModel

TEXTS = [text for pair in pairs()[::7] for text in (pair.question, pair.answer)]
MARKS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
SHAPE = {"num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}


@pytest.fixture(scope="module")
def multilingual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a tiny model with weights of chance."""
    torch: Any = importlib.import_module("torch")
    hugging: Any = importlib.import_module("transformers")
    modules: Any = importlib.import_module("sentence_transformers.sentence_transformer.modules")
    library: Any = importlib.import_module("sentence_transformers")
    bare, out = (tmp_path_factory.mktemp(name) for name in ("bare", "multilingual"))
    torch.manual_seed(3)
    tokenizer = _tokenizer(hugging)
    config = hugging.XLMRobertaConfig(
        vocab_size=len(tokenizer), hidden_size=32, max_position_embeddings=66, **SHAPE
    )
    hugging.XLMRobertaModel(config).save_pretrained(bare)
    tokenizer.save_pretrained(bare)
    stack = [
        modules.Transformer(str(bare), max_seq_length=64),
        modules.Pooling(32, pooling_mode="mean"),
        modules.Normalize(),
    ]
    prompts = {"query": "query: ", "passage": "passage: "}
    library.SentenceTransformer(modules=stack, prompts=prompts, device="cpu").save(str(out))
    return out


def _tokenizer(hugging: Any) -> Any:
    """Train what SentencePiece would, on the questions that models are tried with."""
    tokenizers: Any = importlib.import_module("tokenizers")
    made = tokenizers.Tokenizer(tokenizers.models.Unigram())
    made.normalizer = tokenizers.normalizers.NFKC()
    made.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace()
    made.train_from_iterator(
        [pair.answer for pair in pairs()],
        tokenizers.trainers.UnigramTrainer(
            vocab_size=1_500, special_tokens=MARKS, unk_token="<unk>", show_progress=False
        ),
    )
    made.post_processor = tokenizers.processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    marks = dict(zip(("bos", "pad", "eos", "unk", "mask"), MARKS, strict=True))
    named = {f"{name}_token": mark for name, mark in marks.items()}
    return hugging.PreTrainedTokenizerFast(tokenizer_object=made, model_max_length=64, **named)


async def test_a_multilingual_model_is_served_as_the_original(
    multilingual: Path, tmp_path: Path
) -> None:
    folder = build_model(str(multilingual), tmp_path, lambda _: None)
    built = BuiltModel.load(folder)
    assert (built.recipe.query_prompt, built.recipe.passage_prompt) == ("query: ", "passage: ")
    assert built.recipe.pooling == "mean+normalize"
    assert len(built.languages) == 24
    served, original = OnnxEmbedder.open(folder, threads=1), load_original(multilingual, "cpu")
    passages = await served.embed_passages(TEXTS)
    questions = [await served.embed_query(text) for text in TEXTS]
    told = list(original.encode(TEXTS, prompt_name="passage"))
    asked = list(original.encode(TEXTS, prompt_name="query"))
    assert agreement(list(passages), told).lowest >= 0.98
    assert agreement(questions, asked).lowest >= 0.98
    served.close()

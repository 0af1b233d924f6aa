"""Turn a loaded sentence-transformers model into ONNX: the tokenizer, the graph, the int8 form.

The whole model is traced, pooling and all, so that any stack of modules that sees only
tokens comes out right, and what serves it needs to know none of them.
"""

import importlib
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from ingest.adapters.model_original import bare_tokenizer
from ingest.errors import ModelUnusable

_TRACEABLE = {"Transformer", "Pooling", "Dense", "Normalize", "LayerNorm", "Dropout"}
_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_OUTPUT = "sentence_embedding"
_OPSET = 17
_SAMPLE = ["a short line", "a longer line, so that one of the two is padded"]
_INSTEAD = "serve it with sentence-transformers or over HTTP instead"


def refuse_untraceable(model: Any) -> None:
    """Raise ModelUnusable for a model that is more than tokens, transformer and pooling."""
    kinds = [type(module).__name__ for module in model]
    if kinds[0] != "Transformer" or not _TRACEABLE.issuperset(kinds):
        raise ModelUnusable(f"a model of {', '.join(kinds)} cannot be exported: {_INSTEAD}")
    leaves_out_prompt = not all(getattr(module, "include_prompt", True) for module in model)
    if leaves_out_prompt and any(model.prompts.values()):
        raise ModelUnusable(
            f"a model that leaves its prompt out of the pooling cannot be exported: {_INSTEAD}"
        )


def tokenizer_of(model: Any) -> Tokenizer:
    """Give the tokenizer as it is served; raises ModelUnusable where it has no fast form."""
    bare = bare_tokenizer(model)
    if bare is None:
        kind = type(model.tokenizer).__name__
        raise ModelUnusable(f"the tokenizer {kind} has no fast form to export: {_INSTEAD}")
    return bare


def trace(model: Any, path: Path) -> None:
    """Write the whole model as one fp32 graph from token ids to vectors."""
    torch: Any = importlib.import_module("torch")
    sample = model.tokenizer(_SAMPLE, padding=True, return_tensors="pt")
    names = [name for name in _INPUTS if name in sample]
    axes = {name: {0: "texts", 1: "tokens"} for name in names}
    torch.onnx.export(
        _whole(model, names),
        tuple(sample[name] for name in names),
        str(path),
        dynamo=False,  # three seconds; the newer exporter takes forty for the same graph
        opset_version=_OPSET,
        input_names=names,
        output_names=[_OUTPUT],
        dynamic_axes={**axes, _OUTPUT: {0: "texts"}},
    )


def _whole(model: Any, names: list[str]) -> Any:
    """Wrap the stack of modules as one that takes tensors by place and gives the vectors."""
    torch: Any = importlib.import_module("torch")

    class Whole(torch.nn.Module):  # type: ignore[misc] # torch is an extra, so it is Any here
        def __init__(self) -> None:
            super().__init__()
            self.stack = model

        def forward(self, *values: Any) -> Any:
            features = dict(zip(names, values, strict=True))
            for module in self.stack:
                features = module(features)
            return features[_OUTPUT]

    return Whole().eval()


def quantise(exact: Path, path: Path) -> None:
    """Write the int8 form: per channel, and with 7 bits, which no CPU's instructions saturate.

    With 8, CPUs without VNNI clip their sums, and a vector depends on where it was made.
    """
    quantization: Any = importlib.import_module("onnxruntime.quantization")
    onnx: Any = importlib.import_module("onnx")
    quantization.quantize_dynamic(
        str(exact),
        str(path),
        weight_type=quantization.QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )

"""A trained model's weights as a safetensors file: plain arrays, and nothing that runs."""

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from reference_models.errors import CheckpointError


def save_weights(model: nn.Module, path: Path) -> None:
    """Write the parameters and buffers of `model`; a model without any leaves no file."""
    state = {name: value.contiguous() for name, value in model.state_dict().items()}
    if state:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(state, path)


def load_weights(model: nn.Module, path: Path) -> None:
    """Load the safetensors file at `path` into `model`; CheckpointError if it is not its own."""
    path.open("rb").close()  # an absent file is the system's error, which names it
    try:
        state = load_file(path)
    except SafetensorError as error:
        raise CheckpointError(f"{path} is not a safetensors file ({error})") from None
    wanted = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    found = {name: tuple(value.shape) for name, value in state.items()}
    if wanted != found:
        odd = sorted(dict(wanted.items() ^ found.items()))
        raise CheckpointError(f"{path} holds the weights of another model: {', '.join(odd)} differ")
    model.load_state_dict(state)

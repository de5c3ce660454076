"""Reading a policy from YAML, and refusing a broken one with the line and the reason."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from service.errors import ConfigurationError
from service.triage.policy import Policy
from service.triage.policy_check import PolicyFault, check

DEFAULT = Path(__file__).with_name("policy.yaml")
_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Location = tuple[str | int, ...]


def load_policy(path: Path | None = None) -> Policy:
    """The policy at ``path``, or the one that comes with the service.

    Raises:
        ConfigurationError: it cannot be read, is not YAML, or breaks a rule of policies; says the line and the reason.
    """
    return _loaded(path or DEFAULT)


def parse_policy(text: str, name: str = "policy") -> Policy:
    """The policy that ``text`` holds; errors as in ``load_policy``."""
    try:
        node = yaml.compose(text, Loader=_LOADER)
        data = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{name}, line {_yaml_line(error)}: not YAML") from error
    doubled = _doubled(node)
    if doubled:
        raise ConfigurationError(f"{name}, line {doubled.start_mark.line + 1}: {doubled.value} is there twice")
    if not isinstance(data, dict):
        raise ConfigurationError(f"{name}, line 1: a policy is a mapping")
    try:
        policy = Policy.model_validate({**data, "sha256": hashlib.sha256(text.encode()).hexdigest()})
        check(policy)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ConfigurationError(f"{name}, {_place(node, first['loc'])}: {first['msg']}") from error
    except PolicyFault as fault:
        raise ConfigurationError(f"{name}, {_place(node, fault.location)}: {fault}") from fault
    return policy


@cache
def _loaded(path: Path) -> Policy:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the policy {path.name} cannot be read") from error
    return parse_policy(text, path.name)


def _yaml_line(error: yaml.YAMLError) -> int:
    mark = getattr(error, "problem_mark", None)
    return mark.line + 1 if mark else 1


def _doubled(node: Any) -> Any:  # noqa: ANN401 - PyYAML's nodes are loosely typed
    """The first key that a mapping holds twice, of which YAML would silently keep the last."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            found = key if str(key.value) in seen else _doubled(value)
            if found:
                return found
            seen.add(str(key.value))
    if isinstance(node, yaml.SequenceNode):
        return next((found for one in node.value if (found := _doubled(one))), None)
    return None


def _place(node: yaml.Node | None, location: _Location) -> str:
    line = node.start_mark.line + 1 if node else 1
    for step in location:
        node = _child(node, step)
        if node is None:
            break
        line = node.start_mark.line + 1
    return f"line {line} ({'.'.join(map(str, location))})"


def _child(node: Any, step: str | int) -> yaml.Node | None:  # noqa: ANN401 - PyYAML's nodes are loosely typed
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step]  # type: ignore[no-any-return]
    return None

"""What a site chose and supplied, loaded once at the start: its policy, scoring rules, prognostic models and licensed wording."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.questionnaire import ScoringOptions
from service.questionnaire.licensed import load_texts, with_texts
from service.questionnaire.ndt_clbp import QUESTIONNAIRE, Questionnaire
from service.settings import Settings
from service.triage import Policy, load_models, load_policy
from service.triage.prognosis import ProbabilityModel


@dataclass(frozen=True)
class Site:
    """The policy that decides, the rules that score, the models that inform, and the questionnaire as the form shows it."""

    policy: Policy
    options: ScoringOptions = field(default_factory=ScoringOptions)
    models: Mapping[str, ProbabilityModel] = field(default_factory=dict)
    questionnaire: Questionnaire = QUESTIONNAIRE


def load_site(settings: Settings) -> Site:
    """Everything that the settings name.

    Raises:
        ConfigurationError: a file that is missing or broken; names the file and the reason.
    """
    policy = load_policy(settings.policy)
    texts = load_texts(settings.licensed_texts) if settings.licensed_texts else {}
    return Site(
        policy,
        ScoringOptions(odi_missing=settings.odi_missing, eq5d_3l_value_set=settings.eq5d_3l_value_set),
        load_models(settings.prognosis, policy),
        with_texts(texts),
    )

"""Lumbar Triage: from a lumbar MRI and questionnaire answers to a referral recommendation, with its reasons."""

__version__ = "0.1.0"

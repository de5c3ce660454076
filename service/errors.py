"""Every error that a caller may see: one base class, one small subclass for each kind of fault.

Each carries an HTTP status, a stable machine-readable ``code`` and a ``detail`` that says what to do. The API maps them to
RFC 9457 problem documents in one place; the command line prints ``detail``. A detail never quotes the input, which may
identify a patient.
"""


class LumbarTriageError(Exception):
    """Base of every error with a meaning for the caller."""

    status = 500
    code = "internal"
    title = "The service failed"

    def __init__(self, detail: str, *, code: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code


class UnreadableInputError(LumbarTriageError):
    """The bytes are not what they should be: not DICOM, truncated, encrypted, an archive that is unsafe to open."""

    status = 400
    code = "unreadable_input"
    title = "The upload cannot be read"


class InputTooLargeError(LumbarTriageError):
    """More bytes, files, pixels or nesting than the service accepts."""

    status = 413
    code = "input_too_large"
    title = "The upload is too large"


class WrongMediaTypeError(LumbarTriageError):
    """The body is of another media type than the route takes."""

    status = 415
    code = "unsupported_media_type"
    title = "The request is not of the media type that is asked for"


class UnsupportedStudyError(LumbarTriageError):
    """Readable, and not a lumbar MRI that can be assessed: CT, brain, axial only, two patients."""

    status = 422
    code = "unsupported_study"
    title = "The study cannot be assessed"


class InvalidAnswersError(LumbarTriageError):
    """Questionnaire answers that break their own definition: unknown item, wrong type, out of range."""

    status = 422
    code = "invalid_answers"
    title = "The answers are not valid"


class InvalidSignatureError(LumbarTriageError):
    """A signed report that was altered, signed by somebody else, or is no signed report."""

    status = 422
    code = "invalid_signature"
    title = "The signature is not valid"


class ConfigurationError(LumbarTriageError):
    """The installation is wrong: a missing or altered model, a broken policy, both ONNX Runtime builds at once."""

    status = 503
    code = "configuration"
    title = "The service is not ready"

"""What can go wrong between a question and a prompt.

RetrievalError
├── QuestionInvalid      there is no question to answer, or it is too long
├── NothingFits          not even the question fits in what the policy or the model allows
├── ModelUnknown         the catalogue does not know the model: name its window and price
├── CatalogInvalid       the operator's model file cannot be read: say which line to mend
├── EvaluationInvalid    questions, gold or a limit of an evaluation cannot be used: say which
├── CalibrationInvalid   the file of a fitted calibration cannot be read: fit it again
├── TooFewQuestions      a fit on so few questions of one's own would tell nothing
├── RerankerFailed       the reranker could not read the texts: the fused order stands
└── RouterError          the model router did not answer
    ├── RouterMissing    no router is configured: the message says which setting to give
    ├── RouterSilent     not a byte of an answer came: another router may be asked
    └── RouterRefused    the router refused the request; its own words are kept
"""


class RetrievalError(Exception):
    """A question was not answered."""


class QuestionInvalid(RetrievalError):
    """There is no question to answer; the message says what is missing."""


class NothingFits(RetrievalError):
    """Not even the question fits in the budget; the message names both sizes."""


class ModelUnknown(RetrievalError):
    """The catalogue does not know the model; the message says how to add it."""


class CatalogInvalid(RetrievalError):
    """The operator's file of models cannot be used; the message names the file and the mend."""


class EvaluationInvalid(RetrievalError):
    """What is to be evaluated cannot be used; the message names the line or the measure."""


class CalibrationInvalid(RetrievalError):
    """A fitted calibration cannot be used; the message names the file and the mend."""


class TooFewQuestions(RetrievalError):
    """A fit on so few questions would tell nothing; the message says how many are needed."""


class RerankerFailed(RetrievalError):
    """The reranker could not read the texts; what was found stands in its fused order."""


class RouterError(RetrievalError):
    """The model router did not answer."""


class RouterMissing(RouterError):
    """No router is configured; the message names the setting."""


class RouterSilent(RouterError):
    """The router cannot be reached, or gave no byte of an answer: another may be asked."""


class RouterRefused(RouterError):
    """The router refused; `status` and its own words are kept."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status

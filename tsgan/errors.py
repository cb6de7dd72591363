"""What can go wrong, as types.  Every message says what, where, and the next step."""


class TsganError(ValueError):
    """Base of every error that a user can cause and mend; the command line prints it without a traceback."""


class DataError(TsganError):
    """Prices that cannot be used: missing file, bad layout, bad values, too short a history."""


class SourceError(TsganError):
    """A price source that did not answer: unknown ticker, no network, rate limit."""


class ConfigError(TsganError):
    """An option or a configuration that makes no sense."""


class ModelError(TsganError):
    """A model folder, or a model and data that do not belong together."""


class UpdateError(ModelError):
    """New prices that a model's state cannot take in: older ones, revised ones, a gap, too few of them."""


class ScenarioError(TsganError):
    """Scenario tables that cannot be read or do not fit what they are asked for."""


class StrategyError(TsganError):
    """A user's strategy that cannot be loaded, fails, or does not decide from the prices so far alone."""


class PluginError(TsganError):
    """A plug-in that cannot be loaded, or does not keep the contract of what it says it is."""


class OutputError(TsganError):
    """An output that cannot be written."""


class ClusterError(TsganError):
    """A cluster that cannot be reached, that loses the work, or whose machines do not draw the same paths."""


class TsganWarning(UserWarning):
    """Base of every warning of this package."""


class StaleModelWarning(TsganWarning):
    """The model was fitted long before the last price that it is asked to continue."""


class CheckpointWarning(TsganWarning):
    """A state of training that could not be saved; training goes on."""


class DataWarning(TsganWarning):
    """Something suspicious in the prices that does not stop the work."""


class InSampleWarning(TsganWarning):
    """A judgement on dates that the model was trained on."""


class LookAheadWarning(TsganWarning):
    """Dates that the pretraining of a model has seen: of other assets, but of the same markets."""

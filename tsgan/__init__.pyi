from tsgan.applications.explain import Explanation as Explanation
from tsgan.applications.explain import explain as explain
from tsgan.applications.forecast import ForecastReport as ForecastReport
from tsgan.applications.forecast import forecast as forecast
from tsgan.applications.lending import LoanReport as LoanReport
from tsgan.applications.lending import lend as lend
from tsgan.applications.pipeline import Run as Run
from tsgan.applications.pipeline import run as run
from tsgan.applications.robustness import Robustness as Robustness
from tsgan.applications.robustness import robustness as robustness
from tsgan.applications.stress import StressTest as StressTest
from tsgan.applications.stress import stress as stress
from tsgan.config import GANConfig as GANConfig
from tsgan.data.load import load_prices as load_prices
from tsgan.data.panel import Panel as Panel
from tsgan.data.yahoo import fetch as fetch
from tsgan.errors import TsganError as TsganError
from tsgan.evaluation.compare import Comparison as Comparison
from tsgan.evaluation.compare import compare as compare
from tsgan.evaluation.scorecard import Scorecard as Scorecard
from tsgan.evaluation.scorecard import evaluate as evaluate
from tsgan.feeds.write import Feed as Feed
from tsgan.feeds.write import feed as feed
from tsgan.fitting import FITTERS as FITTERS
from tsgan.fitting import fit as fit
from tsgan.fitting import load_model as load_model
from tsgan.inspection import Inspection as Inspection
from tsgan.inspection import inspect as inspect
from tsgan.models.contract import MarketModel as MarketModel
from tsgan.sampling import sample as sample
from tsgan.sampling import sample_chunks as sample_chunks
from tsgan.scenarios.scenarios import Scenarios as Scenarios
from tsgan.scenarios.tables import read_scenarios as read_scenarios
from tsgan.scenarios.writing import write_scenarios as write_scenarios

__version__: str
__all__: list[str]
